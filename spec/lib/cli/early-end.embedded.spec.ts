import { describe, expect, it } from 'vitest';
import { freePort } from '../../../testing/free-port.js';
import { CliFixture } from './cli-fixture.js';
import { CliProcess } from './cli-process.js';

/** Larger than the buffer of a pipe. */
const LARGE = Buffer.alloc(1_000_000, 'x');

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

describe('zk-recipes, ended early,', () => {
  it.each(SIGNALS)('closes its session on %s and ends with exit code %i', async (signal, code) => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/config']);
    await cli.errors.untilCount(3);
    cli.kill(signal);
    expect(await cli.ended).toEqual({ code, signal: null });
    expect(await fixture.sessions()).toEqual([]);
    expect(cli.errors.items).toHaveLength(3);
  });

  it('closes its session despite a second signal, as npx sends it', async () => {
    await using fixture = await CliFixture.open();
    const before = `
      const { abort } = AbortController.prototype;
      AbortController.prototype.abort = function (reason) {
        abort.call(this, reason);
        if (reason?.name === 'EarlyEnd') process.kill(process.pid, 'SIGINT');
      };`;
    const cli = await fixture.run(['watch', 'data', '/config'], { before });
    await cli.errors.untilCount(3);
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 130, signal: null });
    expect(await fixture.sessions()).toEqual([]);
  });

  it('ends as by SIGTERM when npx has died of it, and with it the shell between them', async () => {
    await using fixture = await CliFixture.open();
    // The process that stays is adopted by another, here once the watch has called.
    const before = `
      let { ppid } = process;
      Object.defineProperty(process, 'ppid', { get: () => ppid });
      const { write } = process.stderr;
      process.stderr.write = (text, ...rest) => {
        if (text.includes('no znode')) ppid = 1;
        return write.call(process.stderr, text, ...rest);
      };`;
    const env = { npm_lifecycle_event: 'npx', npm_lifecycle_script: "'zk-recipes'" };
    const cli = await fixture.run(['watch', 'data', '/config'], { before, env });
    expect(await cli.ended).toEqual({ code: 143, signal: null });
    expect(await fixture.sessions()).toEqual([]);
  });

  it('ends on a signal while no server can be reached', async () => {
    const port = await freePort();
    await using cli = await CliProcess.run(['watch', 'data', '/config', '--connect', `127.0.0.1:${port}`]);
    await cli.errors.untilCount(1);
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 130, signal: null });
    expect(cli.states).toEqual(['connecting']);
  });

  it('ends on a signal while its output is not read', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', LARGE);
    const cli = await fixture.run(['watch', 'data', '/config'], { isRead: false, before: ANNOUNCES_PRINTING });
    await cli.errors.until((lines) => lines.includes('printing'));
    cli.kill('SIGTERM');
    expect(await cli.ended).toEqual({ code: 143, signal: null });
    expect(await fixture.sessions()).toEqual([]);
  });

  it('finishes printing for a slow reader', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', LARGE);
    const cli = await fixture.run(['watch', 'data', '/config', '--once'], { before: SLOW_STDOUT });
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.output).toHaveLength(LARGE.length + 1);
  });

  it('ends with exit code 4 after --timeout, with a message', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/config', '--timeout', '300']);
    expect(await cli.ended).toEqual({ code: 4, signal: null });
    expect(cli.errors.last).toBe('zk-recipes: 300 ms have passed (--timeout)');
    expect(await fixture.sessions()).toEqual([]);
  });

  it('ends with exit code 4 when no server is reached within --timeout, with the reason', async () => {
    const port = await freePort();
    await using cli = await CliProcess.run(['get', '/a', '--connect', `127.0.0.1:${port}`, '--timeout', '100']);
    expect(await cli.ended).toEqual({ code: 4, signal: null });
    expect(cli.errors.items).toEqual([expect.stringMatching(/^zk-recipes: .* within 100 ms; .*ECONNREFUSED/)]);
  });

  it('ends with exit code 4 when the server has fallen silent', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['create', '/me', '--mode', 'ephemeral', '--timeout', '1000']);
    await cli.lines.untilCount(1);
    fixture.server.freeze();
    expect(await cli.ended).toEqual({ code: 4, signal: null });
    fixture.server.thaw();
  });

  it('does not wait for --timeout when its work is done earlier', async () => {
    await using fixture = await CliFixture.open();
    expect(await fixture.result(['ls', '/', '--timeout', '2147483647'])).toMatchObject({ code: 0 });
  });

  it('ends without a message, with its session closed, when its stdout is closed', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a');
    const cli = await fixture.run(['watch', 'data', '/config']);
    await cli.lines.untilCount(1);
    cli.closeOutput();
    await fixture.client.setData('/config', 'b');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.states).toEqual(['connecting', 'connected']);
    const calls = cli.errors.items.filter((line) => / \/config version \d+$/.test(line));
    expect(cli.errors.items).toHaveLength(2 + calls.length);
    expect(await fixture.sessions()).toEqual([]);
  });

  it('reports another error of stdout, with exit code 1', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/zookeeper'], { before: FULL_STDOUT });
    expect(await cli.ended).toEqual({ code: 1, signal: null });
    expect(cli.errors.last).toBe('zk-recipes: stdout: ENOSPC: no space left');
    expect(await fixture.sessions()).toEqual([]);
  });

  it.each([['--help'], ['get --help'], ['completion bash']])(
    'reports an error of stdout for %s too, with exit code 1, but not that its reader has exited',
    async (words) => {
      await using cli = await CliProcess.run(words.split(' '), { before: FULL_STDOUT });
      expect(await cli.ended).toEqual({ code: 1, signal: null });
      expect(cli.errors.items).toEqual(['zk-recipes: stdout: ENOSPC: no space left']);
      await using unread = await CliProcess.run(words.split(' '), {
        before: FULL_STDOUT.replaceAll('ENOSPC', 'EPIPE'),
      });
      expect(await unread.ended).toEqual({ code: 0, signal: null });
      expect(unread.errors.items).toEqual([]);
    },
  );
});

const FULL_STDOUT = `
  const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  process.stdout._write = (_chunk, _encoding, done) => done(full);`;

/** Prints a line on stderr before each write to stdout. */
const ANNOUNCES_PRINTING = `
  const write = process.stdout._write.bind(process.stdout);
  process.stdout._write = (...args) => {
    process.stderr.write('printing\\n');
    write(...args);
  };`;

/** Accepts the output in small pieces, one per turn of the event loop. */
const SLOW_STDOUT = `
  const write = process.stdout._write.bind(process.stdout);
  process.stdout._write = (chunk, encoding, done) => {
    const piece = (from) => {
      if (from >= chunk.length) return done();
      write(chunk.subarray(from, from + 50_000), encoding, () => setTimeout(piece, 1, from + 50_000));
    };
    piece(0);
  };`;
