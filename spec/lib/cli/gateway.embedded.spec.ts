import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { CliFixture } from './cli-fixture.js';
import type { CliProcess } from './cli-process.js';
import { runHere } from './run-here.js';

/** Starts a gateway at a free port. Returns its address. */
async function gateway(fixture: CliFixture, args: readonly string[], env = {}): Promise<[CliProcess, string]> {
  const cli = await fixture.run(['gateway', '--port', '0', ...args], { env });
  const [line = ''] = await cli.lines.untilCount(1);
  const [, url = ''] = /^zk-recipes: a gateway for .*, at (http:\S+\/)$/.exec(line) ?? [];
  return [cli, url];
}

async function subscribed(fixture: CliFixture, url: string, args: readonly string[] = []): Promise<CliProcess> {
  const cli = await fixture.run(['subscribe', '--url', url, ...args]);
  await cli.errors.until((lines) => lines.some((line) => /^zk-recipes: \S+Z subscribed, at position \d+$/.test(line)));
  return cli;
}

async function open(): Promise<CliFixture> {
  const fixture = await CliFixture.open();
  for (const path of ['/w', '/w/a']) await fixture.client.create(path, `of ${path}`);
  return fixture;
}

afterEach(() => vi.unstubAllEnvs());

describe('zk-recipes gateway, and subscribe --url', () => {
  it('prints the changes that the gateway hands out, selected by filters, also as JSON', async () => {
    await using fixture = await open();
    const [served, url] = await gateway(fixture, ['/w']);
    expect(served.lines.items).toEqual([`zk-recipes: a gateway for the changes of /w, at ${url}`]);
    const all = await subscribed(fixture, url);
    const json = await subscribed(fixture, `${url}events`, ['--path', '/w/*', '--type', 'created', '--json', '--once']);
    await fixture.client.setData('/w/a', 'new');
    await all.lines.untilCount(1);
    await fixture.client.create('/w/b', 'x');
    await all.lines.untilCount(2);
    expect(await json.ended).toEqual({ code: 0, signal: null });
    expect(json.objects).toEqual([
      expect.objectContaining({ type: 'created', path: '/w/b', data: 'x', stat: expect.anything() }),
    ]);
    const since = await runHere(['subscribe', '--url', url, '--since', '0', '--count', '3']);
    expect([since.code, since.output]).toEqual([0, 'created /w\ncreated /w/a\ncreated /w/b\n']);
    served.kill('SIGTERM');
    expect(await served.ended).toEqual({ code: 0, signal: null });
    // It goes on, and would find another gateway there.
    await all.errors.until((lines) => lines.some((line) => line.includes(`the event gateway at ${url}events`)));
    all.kill('SIGINT');
    expect(await all.ended).toEqual({ code: 130, signal: null });
    expect(all.output.toString()).toBe('modified /w/a\ncreated /w/b\n');
    expect(await fixture.sessions()).toEqual([]);
  });

  it('demands the token of its file, and serves blobs that may be read only; no token is printed', async () => {
    await using fixture = await open();
    await new BlobStorage(fixture.client, { root: '/files' }).put('motd', 'hello');
    const folder = await mkdtemp(join(tmpdir(), 'zk-recipes-spec-'));
    const file = join(folder, 'token');
    await writeFile(file, 'se-cret\nof the gateway\n');
    const [served, url] = await gateway(fixture, ['--root', '/files', '--host', 'localhost', '--token-file', file]);
    expect(served.lines.items).toEqual([`zk-recipes: a gateway for the blobs of /files, at ${url}`]);
    const got = await runHere(['blob', 'get', 'motd', '--url', url, '--token-file', file]);
    expect(got).toMatchObject({ code: 0, output: 'hello', errors: [] });
    vi.stubEnv('ZK_RECIPES_TOKEN', 'se-cret');
    const put = await runHere(['blob', 'put', 'motd', '-', '--url', url], 'new');
    expect([put.code, put.errors]).toEqual([1, [expect.stringContaining('405')]]);
    vi.stubEnv('ZK_RECIPES_TOKEN', 'secret');
    const stranger = await runHere(['blob', 'get', 'motd', '--url', url]);
    expect([stranger.code, stranger.output, stranger.errors]).toEqual([1, '', [expect.stringContaining('401')]]);
    const printed = [served.errors.items, served.lines.items, got.errors, put.errors, stranger.errors].join();
    expect(printed).not.toMatch(/se-?cret/);
    await rm(folder, { recursive: true });
  });

  it('warns where everybody can reach it', async () => {
    await using fixture = await open();
    const [cli] = await gateway(fixture, ['/w', '--host', '0.0.0.0']);
    await cli.errors.until((lines) =>
      lines.includes('zk-recipes: everybody who reaches it may use it: give a token by --token-file'),
    );
  });

  it('ends with the reason when it cannot listen', async () => {
    await using fixture = await open();
    const taken = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, errors } = await fixture.result(['gateway', '/w', '--port', `${port}`]);
    expect([code, errors.at(-1)]).toEqual([
      1,
      `zk-recipes: port ${port} of 127.0.0.1 is in use: stop its process, or choose another port with --port`,
    ]);
    taken.close();
  });

  it('ends a subscription with the reason when it is refused, and after --timeout', async () => {
    const server = createServer((_request, response) => response.writeHead(403).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const refused = await runHere(['subscribe', '--url', url]);
    expect([refused.code, refused.errors.at(-1)]).toEqual([
      1,
      `zk-recipes: the event gateway at ${url}events refuses the subscription (403)`,
    ]);
    server.close();
    const { code, errors } = await runHere(['subscribe', '--url', url, '--timeout', '300']);
    expect([code, errors.at(-1)]).toEqual([4, 'zk-recipes: 300 ms have passed (--timeout)']);
  });
});
