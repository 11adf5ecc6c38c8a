import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decode } from '@jridgewell/sourcemap-codec';
import { beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer.js';

const ROOT = join(import.meta.dirname, '../..');

/** Prints the stack of an error from each of several places. */
const PROGRAM = `
import { ChildrenWatch, DataWatch, subscribe, ZooKeeperClient } from 'zk-recipes';
import { BlobStorage } from 'zk-recipes/blobs';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';
import { makePoller } from 'zk-recipes/pollers';

Error.stackTraceLimit = 30;
const server = await EmbeddedZooKeeper.start();
const client = await new ZooKeeperClient(server.connectString).connect();
const failures = [
  () => client.getData('no-slash'),
  () => client.getData('/none'),
  () => client.setData('/none', 'v1'),
  () => client.transaction().delete('/none').commit(),
  () => new DataWatch({}, '/a', () => {}),
  () => new ChildrenWatch(client, '/none', () => {}).ready,
  () => subscribe(client, 'no-slash', {}, () => {}),
  () => new BlobStorage(client).file('none').read(),
  () => new ZooKeeperClient('127.0.0.1:99999'),
  () => makePoller('gopher://none'),
];
const stacks = [];
for (const fail of failures) {
  try {
    await fail();
  } catch (error) {
    stacks.push(error.stack);
  }
}
console.log(JSON.stringify(stacks));
await client.close();
await server.close();
`;

/** Below its function, the place where it was called next. */
interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

function framesOf(stack: string): Frame[] {
  const frames = stack.matchAll(/^ +at (?:async )?(?:new )?(?:(.+?) )?\(?(?:file:\/\/)?([^\s(]+):(\d+):\d+\)?$/gm);
  return [...frames].map(([, name = '', file = '', line = '']) => ({
    name: name.replace(/ \[as .*/, '').replace(/^.*\./, ''),
    file,
    line: Number(line),
  }));
}

const PACKAGE = '/node_modules/zk-recipes/';

describe('a stack of the packed package', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.install();
    await consumer.write('program.js', PROGRAM);
    await consumer.write(
      'uncaught.js',
      "import { DataWatch } from 'zk-recipes';\nnew DataWatch({}, '/a', () => {});\n",
    );
    return () => consumer.remove();
  });

  /** The frames in the package, by stack. */
  async function packageFrames(...flags: string[]): Promise<Frame[][]> {
    const { code, output } = await consumer.run('node', ...flags, 'program.js');
    expect(code).toBe(0);
    // The client's warnings follow.
    const stacks: string[] = JSON.parse(output.split('\n')[0] ?? '');
    expect(stacks).toHaveLength(10);
    return stacks.map((stack) => framesOf(stack).filter(({ file }) => file.includes(PACKAGE)));
  }

  /** Each frame's line makes the error, or calls the function of the frame above it. */
  async function expectToBeCalls(frames: readonly Frame[], fileOf: (frame: Frame) => string): Promise<void> {
    for (const [index, frame] of frames.entries()) {
      const text = (await readFile(fileOf(frame), 'utf8')).split('\n')[frame.line - 1] ?? '';
      const above = frames[index - 1]?.name.replace(/^(#|<anonymous>$)/, '');
      const place = `${frame.file}:${frame.line}: ${text}`;
      expect(text, place).toMatch(above ? new RegExp(`\\b(${above}|super|await)\\b|Error\\(`) : /\(/);
      expect(text.length, place).toBeLessThan(250);
    }
  }

  it('names places in published code that can be read', async () => {
    for (const frames of await packageFrames()) {
      expect(frames).not.toEqual([]);
      await expectToBeCalls(frames, ({ file }) => file);
    }
  });

  it('names the lines of the sources with --enable-source-maps', async () => {
    for (const frames of await packageFrames('--enable-source-maps')) {
      expect(frames).not.toEqual([]);
      for (const { file } of frames) expect(file).toMatch(/\.ts$/);
      await expectToBeCalls(frames, ({ file }) => join(ROOT, file.slice(file.indexOf(PACKAGE) + PACKAGE.length)));
    }
  });

  it('begins with a readable line when nobody catches the error', async () => {
    const { code, output } = await consumer.run('node', 'uncaught.js');
    expect(code).toBe(1);
    const shown = output.slice(output.indexOf(PACKAGE)).split('\n');
    expect(shown[1]).toMatch(/^ +(throw|return) .*\($|^ +(throw|return) .*;$/);
  });

  it('can name the source of every throw, function and class', async () => {
    const dist = join(consumer.folder, PACKAGE, 'dist');
    const maps = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.js.map'));
    const sources = new Map<string, string[]>();
    let compared = 0;
    for (const name of maps) {
      const file = join(dist, name);
      const { sources: names, mappings } = JSON.parse(await readFile(file, 'utf8'));
      const lines = decode(mappings);
      for (const [index, text] of (await readFile(file.replace(/\.map$/, ''), 'utf8')).split('\n').entries()) {
        const [what] = /\bthrow new \w+\(|^(async )?function \w+|^class \w+/.exec(text) ?? [];
        if (what === undefined) continue;
        const [, source = 0, line = 0] = lines[index]?.[0] ?? [];
        const original = resolve(ROOT, 'dist', name, '..', names[source]);
        const known = sources.get(original) ?? (await readFile(original, 'utf8')).split('\n');
        sources.set(original, known);
        // The bundle gives one of two functions of a name a number.
        expect(known[line], `${name}:${index + 1}`).toContain(what.replace(/\$\d+/, ''));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(1_000);
  });
});
