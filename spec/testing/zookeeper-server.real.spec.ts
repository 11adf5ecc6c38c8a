import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../testing/eventually.js';
import { fourLetterWord } from '../../testing/four-letter-word.js';
import { Recorder } from '../../testing/recorder.js';
import { Wire } from '../../testing/wire.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';

/** A connect request without jute: makes a session, and with it a transaction. */
async function openSession(port: number): Promise<Wire> {
  const wire = await Wire.to(port);
  const request = Buffer.alloc(48);
  request.writeInt32BE(44, 0);
  request.writeInt32BE(4_000, 16);
  request.writeInt32BE(16, 28);
  wire.send(request);
  await wire.chunks.untilCount(1);
  return wire;
}

async function zxid(server: ZooKeeperServer): Promise<number> {
  return Number(/^Zxid: (\w+)/m.exec(await server.fourLetterWord('srvr'))?.[1]);
}

async function isServed(port: number): Promise<boolean> {
  return fourLetterWord(port, 'ruok').then(
    () => true,
    () => false,
  );
}

describe('ZooKeeperServer', () => {
  it('serves as soon as it has started', async () => {
    await using server = await ZooKeeperServer.start();
    expect(server.connectString).toBe(`127.0.0.1:${server.port}`);
    expect(await server.mode()).toBe('standalone');
  });

  it('keeps its port and its data over a kill and a restart', async () => {
    await using server = await ZooKeeperServer.start();
    const session = await openSession(server.port);
    const before = await zxid(server);
    expect(before).toBeGreaterThan(0);
    const { pid } = server;
    await server.kill();
    await session.closed;
    expect(server.running).toBe(false);
    expect(await isServed(server.port)).toBe(false);
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(await zxid(server)).toBeGreaterThanOrEqual(before);
  });

  it('falls silent while it is paused', async () => {
    await using server = await ZooKeeperServer.start();
    server.pause();
    expect(await server.mode()).toBeNull();
    // The threads of a process stop one after the other.
    const isSilent = () =>
      server.fourLetterWord('ruok', 50).then(
        () => false,
        (error: Error) => error.message.startsWith('No answer to "ruok"'),
      );
    await eventually(isSilent);
    server.resume();
    expect(await server.fourLetterWord('ruok')).toBe('imok');
  });

  it('can be restarted while it is paused', async () => {
    await using server = await ZooKeeperServer.start();
    server.pause();
    await server.restart();
    expect(await server.mode()).toBe('standalone');
  });

  it('grants session timeouts from two ticks on', async () => {
    await using server = await ZooKeeperServer.start({ tickTime: 50 });
    const settings = await server.fourLetterWord('conf');
    expect(settings).toMatch(/^minSessionTimeout=100$/m);
    expect(settings).toMatch(/^maxSessionTimeout=60000$/m);
  });

  it('takes more settings', async () => {
    await using server = await ZooKeeperServer.start({ maxClientCnxns: 7, config: { maxSessionTimeout: '5000' } });
    const settings = await server.fourLetterWord('conf');
    expect(settings).toMatch(/^maxClientCnxns=7$/m);
    expect(settings).toMatch(/^maxSessionTimeout=5000$/m);
  });

  it('leaves nothing behind when stopped, more than once', async () => {
    const server = await ZooKeeperServer.start();
    const dataDir = /^dataDir=(.*)$/m.exec(await server.fourLetterWord('conf'))?.[1] ?? '';
    expect(existsSync(dataDir)).toBe(true);
    await server.stop();
    await server.stop();
    expect(existsSync(dataDir)).toBe(false);
    expect(await isServed(server.port)).toBe(false);
  });

  it('shows its log when it cannot start', async () => {
    const failure = ZooKeeperServer.start({ config: { tickTime: 'nonsense' } });
    await expect(failure).rejects.toThrow(/ended before it served:\n[\s\S]*nonsense[\s\S]*ended with exit code/);
  });

  // Without Linux nobody ends the children of a process that is killed by SIGKILL.
  const signals: NodeJS.Signals[] = process.platform === 'linux' ? ['SIGTERM', 'SIGKILL'] : ['SIGTERM'];

  it.each(signals)('dies with the process that started it, by %s', async (signal) => {
    const module = fileURLToPath(new URL('../../testing/zookeeper-server.ts', import.meta.url));
    const script = `
      const { ZooKeeperServer } = await import(${JSON.stringify(module)});
      console.log((await ZooKeeperServer.start()).port);
    `;
    // SIGKILL leaves the server's folder behind: in here.
    const folder = await mkdtemp(join(tmpdir(), 'spec-parent-'));
    onTestFinished(() => rm(folder, { recursive: true, maxRetries: 3 }));
    const env = { ...process.env, TMPDIR: folder };
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { env });
    const output = new Recorder<Buffer>();
    parent.stdout.on('data', output.record);
    parent.stderr.on('data', output.record);
    const [line] = await output.untilCount(1, { within: 30_000 });
    const port = Number(line);
    expect(await isServed(port)).toBe(true);
    parent.kill(signal);
    await eventually(async () => !(await isServed(port)), { describe: 'the end of the server' });
  });
});
