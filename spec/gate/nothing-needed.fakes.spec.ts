import { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';

/** Not in the calls, where knip would take it for a tool of this project. */
const program = 'java';

describe('the project "fakes"', () => {
  it.each([
    ['spawn', () => spawn(program, ['-version'])],
    ['spawnSync', () => spawnSync(program, ['-version'])],
    ['exec', () => exec(`${program} -version`)],
    ['execSync', () => execSync(`${program} -version`)],
    ['execFile', () => execFile(program, ['-version'])],
    ['execFileSync', () => execFileSync(program, ['-version'])],
    ['fork', () => fork('server.js')],
  ])('refuses to start a program by %s', (_, start) => {
    expect(start).toThrow(/\.fakes\.spec\.ts must not start /);
  });

  it('refuses a server on a port', () => {
    expect(() => createServer().listen(0)).toThrow('must not listen on a port');
  });

  it('refuses an embedded server', async () => {
    await expect(EmbeddedZooKeeper.start()).rejects.toThrow('must not listen on a port');
  });
});
