import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CliFixture } from './cli-fixture.js';
import type { CliProcess } from './cli-process.js';

/** Starts a gateway at a free port. Returns its address. */
async function gateway(fixture: CliFixture, args: readonly string[] = [], env = {}): Promise<[CliProcess, string]> {
  const cli = await fixture.run(['gateway', '/w', '--port', '0', ...args], { env });
  const [line = ''] = await cli.lines.untilCount(1);
  const [, url = ''] = /^zk-recipes: the changes of \/w are at (http:\S+)$/.exec(line) ?? [];
  return [cli, url];
}

async function subscribed(fixture: CliFixture, args: readonly string[], env = {}): Promise<CliProcess> {
  const cli = await fixture.run(['subscribe', '--url', ...args], { env });
  await cli.errors.until((lines) => lines.some((line) => /^zk-recipes: \S+Z subscribed, at position \d+$/.test(line)));
  return cli;
}

async function open(): Promise<CliFixture> {
  const fixture = await CliFixture.open();
  for (const path of ['/w', '/w/a']) await fixture.client.create(path, `of ${path}`);
  return fixture;
}

describe('zk-recipes gateway, and subscribe --url', () => {
  it('prints the changes that the gateway hands out, selected by filters, also as JSON', async () => {
    await using fixture = await open();
    const [served, url] = await gateway(fixture);
    const all = await subscribed(fixture, [url]);
    const json = await subscribed(fixture, [url, '--path', '/w/*', '--type', 'created', '--json', '--once']);
    await fixture.client.setData('/w/a', 'new');
    await all.lines.untilCount(1);
    await fixture.client.create('/w/b', 'x');
    await all.lines.untilCount(2);
    expect(await json.ended).toEqual({ code: 0, signal: null });
    expect(json.objects).toEqual([
      expect.objectContaining({ type: 'created', path: '/w/b', data: 'x', stat: expect.anything() }),
    ]);
    all.kill('SIGINT');
    expect(await all.ended).toEqual({ code: 130, signal: null });
    expect(all.output.toString()).toBe('modified /w/a\ncreated /w/b\n');
    const since = await fixture.run(['subscribe', '--url', url, '--since', '0', '--count', '3']);
    expect(await since.ended).toEqual({ code: 0, signal: null });
    expect(since.output.toString()).toBe('created /w\ncreated /w/a\ncreated /w/b\n');
    served.kill('SIGTERM');
    expect(await served.ended).toEqual({ code: 143, signal: null });
    expect(await fixture.sessions()).toEqual([]);
  });

  it('demands the value of ZK_RECIPES_AUTHORIZATION, and never prints it', async () => {
    await using fixture = await open();
    const env = { ZK_RECIPES_AUTHORIZATION: 'Bearer secret' };
    const [served, url] = await gateway(fixture, ['--origin', 'https://app.example'], env);
    const mine = await subscribed(fixture, [url], env);
    const others = await fixture.result(['subscribe', '--url', url], { env: { ZK_RECIPES_AUTHORIZATION: 'Bearer x' } });
    expect(others.code).toBe(1);
    expect(others.errors.join()).toContain('refuses the subscription');
    const page = (origin: string): Promise<Response> =>
      fetch(`${url}?wait=0`, { headers: { origin, authorization: 'Bearer secret' } });
    expect((await page('https://app.example')).status).toBe(200);
    expect((await page('https://evil.example')).status).toBe(403);
    const printed = [...served.errors.items, ...served.lines.items, ...mine.errors.items, ...others.errors].join();
    expect(printed).not.toContain('secret');
  });

  it('warns where everybody can reach it', async () => {
    await using fixture = await open();
    const [open_] = await gateway(fixture, ['--host', '0.0.0.0']);
    await open_.errors.until((lines) => lines.some((line) => line.includes('everybody who reaches it can read')));
    const closed = await gateway(fixture, ['--host', '0.0.0.0'], { ZK_RECIPES_AUTHORIZATION: 'Bearer secret' });
    expect(closed[0].errors.items.join()).not.toContain('everybody');
  });

  it('ends with the reason when it cannot listen', async () => {
    await using fixture = await open();
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, errors } = await fixture.result(['gateway', '/w', '--port', `${port}`]);
    expect([code, errors.at(-1)]).toEqual([
      1,
      `zk-recipes: port ${port} of 127.0.0.1 is in use: stop its process, or choose another port with --port`,
    ]);
    taken.close();
  });

  it.each<[args: string[], said: string]>([
    [['gateway'], 'which path?'],
    [['gateway', '/w', '--origin', 'app.example'], '--origin must be an origin such as https://app.example, or *'],
    [['gateway', '/w', '--max-filters', '0'], '--max-filters must be a whole number from 1 to 1000000, but is 0'],
    [['subscribe', '--url', 'nowhere'], '--url must be an absolute URL, but is a string of length 7'],
    [['subscribe', '--url', 'http://host/events', '/w'], 'unexpected argument 1'],
    [['subscribe', '--url', 'http://host/events', '--checkpoint', 'x'], '--checkpoint and --url exclude each other'],
    [['subscribe', '--url', 'http://host/events', '--tls'], '--tls and --url exclude each other'],
    [['subscribe', '--url', 'http://host/events', '--idle', '5'], '--idle and --url exclude each other'],
  ])('refuses wrong arguments: %j', async (args, said) => {
    await using fixture = await CliFixture.open();
    const { code, errors } = await fixture.result(args);
    expect([code, errors[0]]).toEqual([2, expect.stringContaining(said)]);
  });

  it('ends after --timeout where there is no gateway', async () => {
    await using fixture = await CliFixture.open();
    const { code, errors } = await fixture.result(['subscribe', '--url', 'http://127.0.0.1:9/events', '--timeout', '300']);
    expect([code, errors.at(-1)]).toEqual([4, 'zk-recipes: 300 ms have passed (--timeout)']);
  });
});
