import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { blocksOf } from '../../scripts/docs/code-blocks.js';
import { DOCUMENTED_SERVER } from '../../scripts/docs/documented-server.js';
import { freePort } from '../../testing/free-port.js';
import { Program } from '../support/program.js';
import { Consumer } from './consumer.js';

const ROOT = join(import.meta.dirname, '../..');

/** The beginning of the README. */
interface Start {
  /** Before the program. */
  readonly commands: readonly string[];
  readonly code: string;
  /** The name that the program is saved under. */
  readonly file: string;
  /** Those that the README quotes below the program, up to its next heading. */
  readonly quoted: readonly string[];
}

async function readStart(): Promise<Start> {
  const blocks = await blocksOf(ROOT, join(ROOT, 'README.md'));
  const first = blocks.findIndex(({ language }) => language === 'ts');
  const commands = blocks.slice(0, first).filter(({ language }) => language === 'sh');
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  const { code = '' } = blocks[first] ?? {};
  const [below = ''] = text.slice(text.indexOf(code) + code.length).split(/^#/m);
  return {
    commands: commands.flatMap(({ code }) => code.split('\n').filter((line) => line.trim() !== '')),
    code,
    file: /`node ([\w.-]+)`/.exec(text)?.[1] ?? 'app.js',
    quoted: [...below.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span),
  };
}

describe('the start of the README, in an empty folder', () => {
  let start: Start;
  let folder: Consumer;

  beforeAll(async () => {
    [start, folder] = [await readStart(), await Consumer.empty()];
    for (const command of start.commands.filter((line) => !isServer(line))) {
      const local = command.replace(/(npm (?:install|i|add)\b.*)\bzk-recipes\b/, `$1${inject('tarball')}`);
      expect(await folder.run('sh', '-c', local)).toMatchObject({ code: 0 });
    }
    return () => folder.remove();
  });

  const isServer = (line: string): boolean => line.includes('zk-recipes serve');

  /** Runs the program of the README against this port. */
  async function runProgram(port: number): Promise<Program> {
    await folder.write(start.file, start.code.replaceAll(DOCUMENTED_SERVER, `127.0.0.1:${port}`));
    return new Program(process.execPath, [start.file], folder.folder);
  }

  it('prints what the README quotes, with the server that it starts', async () => {
    const port = await freePort();
    const [serve = ''] = start.commands.filter(isServer);
    const [program = '', ...args] = serve.replace(/#.*/, '').trim().split(/\s+/);
    await using server = new Program(program, [...args, '--port', String(port)], folder.folder);
    await server.lines.untilCount(1);
    await using app = await runProgram(port);
    await app.lines.until((lines) => start.quoted.includes(lines.at(-1) ?? ''), { describe: 'a line of the README' });
    expect(app.errors.items).toEqual([]);
  });

  it('says within 3 s what to do without a server', async () => {
    const port = await freePort();
    await using app = await runProgram(port);
    const [said = ''] = await app.errors.untilCount(1, { within: 3_000, describe: 'a message' });
    expect(said).toContain(`127.0.0.1:${port}`);
    expect(said).toContain('npx zk-recipes serve');
  });
});
