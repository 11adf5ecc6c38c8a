import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServices } from '../../../lib/cli/gateway-services.js';
import { HttpServer } from '../../../lib/cli/http-server.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { CliFixture } from './cli-fixture.js';
import type { CliOptions, CliProcess } from './cli-process.js';
import { type RunHere, runHere } from './run-here.js';

/** More than a manifest holds, and than a pipe. */
const LARGE = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zk-recipes-spec-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A server with blobs, and how the command reaches them. */
class BlobFixture implements AsyncDisposable {
  readonly cli: CliFixture;
  readonly blobs: BlobStorage;
  readonly #server: HttpServer | null;
  readonly #end: () => Promise<void>;

  private constructor(cli: CliFixture, server: HttpServer | null, end: () => Promise<void>) {
    this.cli = cli;
    this.blobs = new BlobStorage(cli.client, { root: '/files' });
    this.#server = server;
    this.#end = end;
  }

  static async open(way: 'ZooKeeper' | 'a gateway'): Promise<BlobFixture> {
    const cli = await CliFixture.open();
    const options = { root: '/files', isWritable: true, path: undefined, origins: [], token: undefined, limits: {} };
    const services = makeServices(cli.client, options);
    const where = { port: 0, host: '127.0.0.1', isNamedByAddress: false };
    const server = way === 'ZooKeeper' ? null : await HttpServer.listen({ ...where, ...services });
    return new BlobFixture(cli, server, services.end);
  }

  /** Runs the command in this process to its end. */
  result(args: readonly string[], input?: Buffer | string): Promise<RunHere> {
    return runHere(['blob', ...args, ...this.#where, ...this.#connect], input);
  }

  /** Starts the command in a process of its own. */
  run(args: readonly string[], options?: CliOptions): Promise<CliProcess> {
    return this.cli.run(['blob', ...args, ...this.#where], options);
  }

  get #where(): string[] {
    return this.#server ? ['--url', this.#server.url] : ['--root', '/files'];
  }

  get #connect(): string[] {
    return this.#server ? [] : ['--connect', this.cli.server.connectString];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.close(this.#end);
    await this.cli[Symbol.asyncDispose]();
  }
}

describe.each(['ZooKeeper', 'a gateway'] as const)('zk-recipes blob on %s', (way) => {
  it('writes a file and stdin, on conditions, and reads, lists and deletes blobs', async () => {
    await using fixture = await BlobFixture.open(way);
    const file = join(folder, 'web.json');
    await writeFile(file, LARGE);
    const first = await fixture.result(['put', 'services/web.json', file, '--meta', 'author=me=you', '--json']);
    expect([first.code, first.errors]).toEqual([0, []]);
    const info = JSON.parse(first.output);
    expect(info).toMatchObject({
      ...{ id: 'services/web.json', size: LARGE.length, mediaType: 'application/json', meta: { author: 'me=you' } },
      ...{ position: expect.stringMatching(/^\d+$/), modified: expect.stringMatching(/^\d{4}-.*Z$/) },
    });

    const isNew = await fixture.result(['put', 'services/web.json', '-', '--if-none-match'], 'x');
    expect([isNew.code, isNew.output, isNew.errors]).toEqual([5, '', [expect.stringContaining('services/web.json')]]);
    const quoted = `"${info.etag}"`;
    const part = LARGE.subarray(1);
    const replaced = await fixture.result(['put', 'services/web.json', '-', '--if-match', quoted], part);
    const newest = await fixture.blobs.info('services/web.json');
    expect(replaced).toMatchObject({ code: 0, output: `${newest?.etag}\n`, errors: [] });
    expect(newest).toMatchObject({ size: part.length, mediaType: 'application/octet-stream', meta: {} });
    const stale = await fixture.result(['put', 'services/web.json', file, '--if-match', info.etag]);
    expect([stale.code, stale.output]).toEqual([5, '']);

    const printed = await fixture.result(['get', 'services/web.json']);
    expect([printed.code, printed.bytes.equals(part), printed.errors]).toEqual([0, true, []]);
    const copy = join(folder, 'copy');
    await writeFile(copy, 'old');
    const saved = await fixture.result(['get', 'services/web.json', '-o', copy]);
    expect(saved).toMatchObject({ code: 0, output: '', errors: [] });
    expect((await readFile(copy)).equals(part)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['copy', 'web.json']);

    await fixture.blobs.put('motd', 'grün', { mediaType: 'text/plain' });
    await fixture.blobs.put('line\nbreak\u001b[31m', '');
    const { output } = await fixture.result(['get', 'motd', '--json']);
    expect(JSON.parse(output)).toMatchObject({ id: 'motd', size: 5, data: 'grün', encoding: 'utf8' });
    const listed = await fixture.result(['ls']);
    const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';
    expect(listed.output.split('\n')).toEqual([
      expect.stringMatching(`^     0  ${time}  text/plain;charset=utf-8  line%0Abreak%1B\\[31m$`),
      expect.stringMatching(`^     5  ${time}  text/plain                motd$`),
      expect.stringMatching(`^199999  ${time}  application/octet-stream  services/web.json$`),
      '',
    ]);
    const inJson = await fixture.result(['ls', 'm', '--json']);
    expect(
      inJson.output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(['motd']);

    expect(await fixture.result(['rm', 'motd', '--if-match', 'none'])).toMatchObject({ code: 5 });
    expect(await fixture.result(['rm', 'motd'])).toMatchObject({ code: 0, output: '', errors: [] });
    for (const action of ['rm', 'get']) {
      const missing = await fixture.result([action, 'motd']);
      expect(missing).toMatchObject({ code: 3, output: '', errors: ['zk-recipes: there is no blob "motd"'] });
    }
  });

  it('prints each change of a blob, of a prefix and of all, until it is interrupted or has printed enough', async () => {
    await using fixture = await BlobFixture.open(way);
    await fixture.blobs.put('a/b', 'old');
    const one = await fixture.run(['watch', 'one']);
    const prefix = await fixture.run(['watch', 'a/', '--json']);
    const all = await fixture.run(['watch', '--count', '2']);
    await one.errors.until((lines) => lines.some((line) => /^zk-recipes: \S+Z there is no blob one$/.test(line)));
    await prefix.lines.untilCount(1);
    await all.lines.untilCount(1);
    await fixture.blobs.put('one', '1');
    await one.lines.untilCount(1);
    expect(await all.ended).toEqual({ code: 0, signal: null });
    expect(all.output.toString()).toBe('created a/b\ncreated one\n');
    await fixture.blobs.put('one', '2');
    await one.lines.untilCount(2);
    await fixture.blobs.delete('one');
    await one.lines.untilCount(3);
    expect(one.output.toString()).toBe('created one\nmodified one\ndeleted one\n');
    await fixture.blobs.delete('a/b');
    await prefix.lines.untilCount(2);
    expect(prefix.objects).toEqual([
      { type: 'created', time: expect.any(String), id: 'a/b', blob: expect.objectContaining({ id: 'a/b', size: 3 }) },
      { type: 'deleted', time: expect.any(String), id: 'a/b', blob: null },
    ]);
    for (const each of [one, prefix]) {
      each.kill('SIGINT');
      expect(await each.ended).toEqual({ code: 130, signal: null });
    }
    expect(await fixture.result(['watch', 'a/', '--idle', '50'])).toMatchObject({ code: 0, output: '' });
    expect(await fixture.cli.sessions()).toEqual([]);
  });

  it('shows the progress of a long transfer on a terminal, and changes nothing when it is interrupted', async () => {
    await using fixture = await BlobFixture.open(way);
    const before = 'process.stderr.isTTY = true;';
    const input = Buffer.alloc(1_024 * 1_024);
    const env = { TERM: 'xterm' };
    const cli = await fixture.run(['put', 'large', '-'], { input, isInputOpen: true, before, env });
    await cli.errors.until((lines) => lines.some((line) => line.endsWith('1.0 MiB')));
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 130, signal: null });
    expect(cli.errors.items.at(-1)).toBe('\u001b[K');
    expect(await fixture.blobs.info('large')).toBe(null);
    expect(await fixture.cli.sessions()).toEqual([]);
  });
});

describe('zk-recipes blob gc', () => {
  it('removes what a crashed writer left, and prints what it has removed', async () => {
    await using fixture = await BlobFixture.open('ZooKeeper');
    await fixture.blobs.put('large', LARGE);
    await fixture.cli.client.create('/files/c/dead/0', 'left', { makePath: true });
    const marked = await fixture.result(['gc']);
    expect(marked).toMatchObject({ code: 0, output: 'removed 0 generations: 0 chunks, 0 bytes\n', errors: [] });
    const removed = await fixture.result(['gc', '--grace', '0', '--json']);
    expect(JSON.parse(removed.output)).toEqual({ generations: 1, chunks: 1, bytes: 4 });
    expect((await fixture.blobs.file('large').read()).equals(LARGE)).toBe(true);
  });
});

describe('zk-recipes blob at a gateway that is not there', () => {
  it('ends with the reason, or before that after --timeout', async () => {
    const { code, errors } = await runHere(['blob', 'ls', '--url', 'http://127.0.0.1:9/', '--timeout', '50']);
    expect([code, errors]).toEqual([4, ['zk-recipes: 50 ms have passed (--timeout)']]);
  });
});
