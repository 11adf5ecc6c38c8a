import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { freePort } from '../../../testing/free-port.js';
import { type ResolverOfItsOwn, resolverOfItsOwn } from '../../../testing/resolver-of-its-own.js';
import { type ModuleRun, runModule } from '../../../testing/run-module.js';
import { scaled } from '../../../testing/time-factor.js';
import { ignoreConnections } from '../../../testing/unaccepting-port.js';
import { EmbeddedTestServer } from '../../support/embedded-test-server.js';

const LIBRARY = new URL('../../../index.ts', import.meta.url).href;
const T = 10_000;
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
/** The names of the name server. The first two are of the same addresses, as those of one ensemble may be. */
const SLOW = ['one.slow.test', 'two.slow.test', 'three.slow.test'];

/** Lets an address be of no use. Returns its end. */
type Fault = (host: string, port: number) => Promise<() => void | Promise<void>>;

const FAULTS: Record<string, { readonly fault: Fault; readonly within: number }> = {
  'hang up': {
    within: 2_000,
    fault: async (host, port) => {
      const server = createServer((socket) => socket.destroy()).listen(port, host);
      await once(server, 'listening');
      return () => void server.close();
    },
  },
  'are not there': { within: 2_000, fault: async () => () => {} },
  'do not answer': { within: (2 * T) / 3, fault: ignoreConnections },
  'accept and say nothing': {
    within: (2 * T) / 3,
    fault: async (host, port) => {
      const proxy = await FaultProxy.listen({ port: 1 }, { host, port });
      proxy.acceptSilently();
      return () => proxy.close();
    },
  },
};

describe('names of servers', () => {
  let server: EmbeddedTestServer;
  let resolver: ResolverOfItsOwn;

  beforeAll(async () => {
    server = await EmbeddedTestServer.start({ tickTime: 1_000 });
    const slow = Object.fromEntries(SLOW.map((name) => [name, ['127.0.0.1']]));
    resolver = await resolverOfItsOwn(slow, { 'three.example': ADDRESSES });
  });

  afterAll(async () => {
    await resolver?.[Symbol.asyncDispose]();
    await server?.stop();
  });

  const run = (body: string, onLine?: (line: string) => void): Promise<ModuleRun> => {
    const source = `
      ${resolver.prelude}
      import { writeSync } from 'node:fs';
      import { lookup } from 'node:dns/promises';
      import { ZooKeeperClient } from ${JSON.stringify(LIBRARY)};
      const print = (line) => writeSync(1, line + '\\n');
      const logger = { debug() {}, info() {}, warn() {}, error() {} };
      ${body}
    `;
    return runModule(source, { launcher: resolver.launcher, within: 60_000, ...(onLine && { onLine }) });
  };

  describe('one name with three addresses', () => {
    it.concurrent.for(Object.entries(FAULTS))(
      'connects when two of them %s',
      async ([, { fault, within }], context) => {
        const { onTestFinished, expect } = context;
        const port = await freePort();
        for (const host of ADDRESSES.slice(0, 2)) onTestFinished(await fault(host, port));
        const proxy = await FaultProxy.listen({ port: server.port }, { host: ADDRESSES[2] as string, port });
        onTestFinished(() => proxy.close());
        const { lines, errors, code } = await run(`
        const client = new ZooKeeperClient('three.example:${port}', { sessionTimeout: ${T}, logger });
        const begun = performance.now();
        await client.connect();
        print('connected ' + (performance.now() - begun));
        await client.close();
      `);
        expect([code, errors]).toEqual([0, '']);
        expect(Number(lines[0]?.split(' ')[1])).toBeLessThan(scaled(within));
      },
    );
  });

  describe.each([
    ['takes 5 s', 5_000],
    ['never answers', Number.POSITIVE_INFINITY],
  ])('a resolver that %s', (_name, delay) => {
    it('costs no session, no look-up elsewhere in the process, and not its end', async () => {
      const proxy = await FaultProxy.listen({ port: server.port });
      onTestFinished(() => proxy.close());
      resolver.server.delay = 0;
      resolver.server.questions.length = 0;
      const servers = SLOW.map((name) => `${name}:${proxy.port}`).join();
      const { lines, errors, code } = await run(
        `
        const client = new ZooKeeperClient('${servers}', { sessionTimeout: ${T}, logger });
        client.on('state', (state) => print(state));
        await client.connect();
        const { sessionId } = client;
        let longest = 0;
        const back = new Promise((resolve) => client.on('state', (state) => state === 'connected' && resolve()));
        let isBack = false;
        back.then(() => { isBack = true; });
        print('ready');
        while (!isBack) {
          const begun = performance.now();
          await lookup('localhost');
          longest = Math.max(longest, performance.now() - begun);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        print(client.sessionId === sessionId ? 'same session' : 'another session');
        print('longest ' + longest);
        await client.close();
        const closed = performance.now();
        process.on('exit', () => print('lingered ' + (performance.now() - closed)));
      `,
        (line) => {
          if (line !== 'ready') return;
          resolver.server.delay = delay;
          proxy.refuse();
          proxy.cut();
          // Several rounds of attempts: each would look its names up.
          setTimeout(() => void proxy.accept(), 4_000);
        },
      );
      expect([code, errors]).toEqual([0, '']);
      expect(lines.slice(0, 6)).toEqual(['connecting', 'connected', 'ready', 'suspended', 'connected', 'same session']);
      const figure = (word: string): number => Number(lines.find((line) => line.startsWith(word))?.split(' ')[1]);
      process.stdout.write(`longest look-up elsewhere ${figure('longest')} ms, lingered ${figure('lingered')} ms\n`);
      expect(figure('longest')).toBeLessThan(1_000);
      // A look-up that the system has begun cannot be cancelled: the process ends with it, within its own time-out.
      expect(figure('lingered')).toBeLessThan(resolver.server.delay === 5_000 ? 6_000 : 12_000);
      // At most one for each name before the cut, and two since: rounds of attempts were many more.
      expect(resolver.server.questions.length).toBeLessThanOrEqual(3 + 2);
    });

    it('lets connect() time out with that reason, and the process end', async () => {
      resolver.server.delay = delay;
      const { lines, errors, code } = await run(`
        const client = new ZooKeeperClient('one.slow.test:1', { sessionTimeout: ${T}, logger });
        await client.connect({ timeout: 1_000 }).catch(({ name, message }) => print(name + ': ' + message));
        await client.close();
        const closed = performance.now();
        process.on('exit', () => print('lingered ' + (performance.now() - closed)));
      `);
      expect([code, errors]).toEqual([0, '']);
      expect(lines[0]).toMatch(/^ConnectTimeoutError: .*resolving one\.slow\.test…$/);
      expect(Number(lines[1]?.split(' ')[1])).toBeLessThan(delay === 5_000 ? 6_000 : 12_000);
    });
  });
});
