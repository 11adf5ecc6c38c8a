import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { Command } from '../../../testing/command.js';
import { eventually } from '../../../testing/eventually.js';
import { freePort } from '../../../testing/free-port.js';
import { RawSession } from '../../../testing/raw-session.js';
import { newFolder } from '../embedded/journal/journal-fixture.js';

const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function create(port: number, path: string): Promise<void> {
  await using session = await RawSession.open(port);
  expect((await session.request('create', { path, data: null, acl: OPEN, flags: 0 }))?.error).toBe(0);
}

async function has(port: number, path: string): Promise<boolean> {
  await using session = await RawSession.open(port);
  return (await session.request('exists', { path, watch: false }))?.error === 0;
}

describe('zk-recipes serve', () => {
  it('prints in one line where to connect, when it accepts connections', async () => {
    await using command = await Command.run('serve', '--port', '0');
    const port = await command.port();
    await create(port, '/a');
    command.kill('SIGTERM');
    await command.ended;
    expect(command.lines.items).toEqual([
      `zk-recipes: a ZooKeeper for development, connect to 127.0.0.1:${port} (data in memory, gone when it ends)`,
    ]);
    expect(command.errors.items).toEqual([]);
  });

  it('prints the folder in which it keeps the data', async () => {
    const folder = await newFolder();
    await using command = await Command.run('serve', '--port', '0', '--data', folder);
    const port = await command.port();
    expect(command.lines.items).toEqual([
      `zk-recipes: a ZooKeeper for development, connect to 127.0.0.1:${port} (data in ${folder})`,
    ]);
  });

  it('listens on port 2181 by default', async () => {
    const source = `
      import { EmbeddedZooKeeper } from './lib/embedded/index.ts';
      EmbeddedZooKeeper.start = async ({ port, host, tickTime }) => {
        console.log(JSON.stringify({ port, host, tickTime }));
        process.exit(7);
      };`;
    await using command = Command.runAfter(source, 'serve');
    expect(await command.ended).toEqual({ code: 7, signal: null });
    expect(command.lines.items).toEqual(['{"port":2181,"host":"127.0.0.1","tickTime":100}']);
  });

  it('warns in one line of text when other machines can reach it', async () => {
    await using command = await Command.run('serve', '--port', '0', '--host', '0.0.0.0');
    await create(await command.port(), '/a');
    expect(command.errors.items).toEqual([
      'zk-recipes: the embedded server listens on 0.0.0.0: every host that reaches it can change all data',
    ]);
  });

  it.each(SIGNALS)('ends on %s, with exit code 0, and cuts its clients', async (signal) => {
    await using command = await Command.run('serve', '--port', '0');
    await using session = await RawSession.open(await command.port());
    command.kill(signal);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    await session.untilHungUp();
    expect(command.errors.items).toEqual([]);
  });

  it.each(SIGNALS)('ends at once on a second signal, when the first was %s', async (signal) => {
    const source = `
      import { EmbeddedZooKeeper } from './lib/embedded/index.ts';
      EmbeddedZooKeeper.prototype.close = () => new Promise(() => {
        console.log('closing');
        setInterval(() => {}, 1_000);
      });`;
    await using command = Command.runAfter(source, 'serve', '--port', '0');
    await command.port();
    command.kill(signal);
    await command.lines.until((lines) => lines.includes('closing'));
    command.kill('SIGINT');
    expect(await command.ended).toEqual({ code: null, signal: 'SIGINT' });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps the data over %s', async (signal) => {
    const folder = join(await newFolder(), 'new', 'folder');
    await using first = await Command.run('serve', '--port', '0', '--data', folder);
    await create(await first.port(), '/kept');
    first.kill(signal);
    await first.ended;
    await using second = await Command.run('serve', '--port', '0', '--data', folder);
    expect(await has(await second.port(), '/kept')).toBe(true);
  });

  it('goes on when its output is not read', async () => {
    await using command = await Command.run('serve', '--port', '0', '--host', '0.0.0.0');
    const port = await command.port();
    command.closeOutput();
    await using session = await RawSession.open(port);
    // The server closes the connection of an unknown request, and logs a warning.
    await session.requestNumber(9_999, Buffer.alloc(0));
    await session.untilHungUp();
    await create(port, '/a');
    command.kill('SIGTERM');
    expect(await command.ended).toEqual({ code: 0, signal: null });
  });

  it('starts when its output is not read', async () => {
    const port = await freePort();
    await using command = await Command.run('serve', '--port', String(port));
    command.closeOutput();
    await eventually(() => create(port, '/a').then(() => true), { describe: `a server on port ${port}` });
    command.kill('SIGTERM');
    expect(await command.ended).toEqual({ code: 0, signal: null });
  });
});

describe('zk-recipes serve prints in one line why it failed, with exit code 1:', () => {
  async function refusal(...args: string[]): Promise<string> {
    await using command = await Command.run('serve', ...args);
    expect(await command.ended).toEqual({ code: 1, signal: null });
    expect(command.lines.items).toEqual([]);
    expect(command.errors.items).toHaveLength(1);
    return command.errors.items[0] ?? '';
  }

  it('the port is in use', async () => {
    await using server = await EmbeddedZooKeeper.start();
    expect(await refusal('--port', String(server.port))).toBe(
      `zk-recipes: port ${server.port} of 127.0.0.1 is in use: stop its process, or choose another port with --port`,
    );
  });

  it('the address is not one of this machine', async () => {
    expect(await refusal('--port', '0', '--host', '192.0.2.1')).toContain('cannot listen on 192.0.2.1:0');
  });

  it('another server uses the folder', async () => {
    const dataDir = await newFolder();
    await using _server = await EmbeddedZooKeeper.start({ dataDir });
    expect(await refusal('--port', '0', '--data', dataDir)).toContain(`${dataDir} is in use by process ${process.pid}`);
  });

  it('the folder is damaged', async () => {
    const dataDir = await newFolder();
    const server = await EmbeddedZooKeeper.start({ dataDir });
    await create(server.port, '/a');
    await create(server.port, '/b');
    await server.close();
    const log = join(dataDir, (await readdir(dataDir)).find((name) => name.startsWith('log.')) ?? '');
    const bytes = await readFile(log);
    bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60);
    await writeFile(log, bytes);
    expect(await refusal('--port', '0', '--data', dataDir)).toMatch(/log\.\w+ is damaged at offset \d+/);
  });

  it('the folder belongs to a real ZooKeeper', async () => {
    const dataDir = join(await newFolder(), 'version-2');
    expect(await refusal('--port', '0', '--data', dataDir)).toContain('belongs to a real ZooKeeper');
  });

  it('the disk fails while it runs', async () => {
    const source = `
      import fs from 'node:fs/promises';
      import { EmbeddedZooKeeper } from './lib/embedded/index.ts';
      import { JOURNAL } from './lib/embedded/options.ts';
      const open = async (...args) => {
        const handle = await fs.open(...args);
        handle.datasync = async () => { throw new Error('ENOSPC: no space left') };
        return handle;
      };
      const start = EmbeddedZooKeeper.start;
      EmbeddedZooKeeper.start = (options) => start({ ...options, [JOURNAL]: { files: { ...fs, open } } });`;
    await using command = Command.runAfter(source, 'serve', '--port', '0', '--data', await newFolder());
    await using session = await RawSession.open(await command.port());
    expect(session.established).toBe(false);
    expect(await command.ended).toEqual({ code: 1, signal: null });
    expect(command.errors.items).toHaveLength(1);
    expect(command.errors.items[0]).toMatch(/^zk-recipes: .*cannot write its data.*ENOSPC/);
  });
});
