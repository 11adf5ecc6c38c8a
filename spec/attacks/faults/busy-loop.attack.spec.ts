import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { scaled } from '../../../testing/time-factor.js';
import { EmbeddedTestServer } from '../../support/embedded-test-server.js';
import { RealTestServer } from '../../support/real-test-server.js';
import type { TestServer } from '../../support/test-server-interface.js';
import { type BusyReport, type Entry, runBlocked, runBusy } from './busy-thread.js';

// Large: a busy machine takes time from the fifth of it that is left between two pieces.
const T = 3_000;
/** Added for a busy machine, in ms. */
const MARGIN = 500;
const PIECES = [0.2, 0.35, 0.5, 0.65, 0.8];
const ENTRIES: readonly Entry[] = ['timer', 'immediate', 'microtask', 'poll'];
const CASES = PIECES.flatMap((part) => ENTRIES.map((entry) => [part, entry] as const));
/** The clients are busy for so long, in session timeouts. */
const BUSY = 5;
/** Clients that start at once. Once they are busy, they leave the processor to the others. */
const STARTING = 3;

const SERVERS: readonly (readonly [string, () => Promise<TestServer>])[] = [
  ['a real server', () => RealTestServer.start({ tickTime: 100 })],
  ['the embedded server', () => EmbeddedTestServer.start({ tickTime: 100 })],
];

describe.each(SERVERS)('on %s', (_name, start) => {
  let server: TestServer;
  const reports = new Map<string, BusyReport | Error>();

  const reportOf = (key: string): BusyReport => {
    const report = reports.get(key);
    if (report instanceof Error) throw report;
    return report ?? expect.fail(`${key} did not run`);
  };

  /** @param ready called once the client is connected */
  async function play(part: number, entry: Entry, isCut: boolean, ready: () => void): Promise<void> {
    const key = `${part} ${entry} ${isCut}`;
    // Two, as there is a pause before the only server is tried again.
    const proxies = await Promise.all([1, 2].map(() => FaultProxy.listen({ port: server.port })));
    const pieces = Math.ceil(BUSY / part);
    const path = `/${key.replaceAll(' ', '-')}`;
    const connectString = proxies.map((proxy) => proxy.connectString).join();
    const busy = { connectString, sessionTimeout: T, piece: part * T, pieces, entry, path, isCut };
    const running = runBusy(busy, (word) => {
      if (word === 'ready') ready();
      else for (const proxy of proxies) proxy.cut();
    });
    reports.set(key, await running.catch((error: Error) => error));
    ready();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }

  beforeAll(async () => {
    server = await start();
    const plays = [true, false].flatMap((isCut) =>
      CASES.map(
        ([part, entry]) =>
          (ready: () => void) =>
            play(part, entry, isCut, ready),
      ),
    );
    const played: Promise<void>[] = [];
    const starters = Array.from({ length: STARTING }, async () => {
      for (let next = plays.pop(); next; next = plays.pop()) {
        const start = next;
        await new Promise<void>((ready) => played.push(start(ready)));
      }
    });
    await Promise.all(starters);
    await Promise.all(played);
  }, scaled(120_000));

  afterAll(() => server?.stop());

  describe('an event loop that is busy in pieces', () => {
    it.each(CASES)('of %d T, entered by a %s, keeps the session and its ephemeral znode', (part, entry) => {
      const { states, isSameSession } = reportOf(`${part} ${entry} false`);
      expect(isSameSession).toBe(true);
      expect(states.filter(({ state }) => state === 'lost')).toEqual([]);
      if (part <= 0.5) expect(states).toEqual([]);
    });
  });

  describe('while it reconnects, an event loop that is busy in pieces', () => {
    it.each(CASES)('of %d T, entered by a %s, is back with the same session', (part, entry) => {
      const { states, isSameSession, freeAt } = reportOf(`${part} ${entry} true`);
      expect(states.map(({ state }) => state)).toEqual(['suspended', 'connected']);
      expect(isSameSession).toBe(true);
      const [cut, back] = states.map(({ at }) => at) as [number, number];
      // An answer is read in the next turn; in the turn after it where the work comes first, as in the poll phase.
      expect(back).toBeLessThan(part <= 0.2 && entry !== 'poll' ? cut + T + MARGIN : freeAt + T);
    });
  });

  it('a PatientChildrenWatch settles with the children that changed while its event loop stood still', async () => {
    const client = new ZooKeeperClient(server.connectString, { logger: new RecordingLogger() });
    await client.connect();
    await client.create('/patient');
    const timeBoundary = 500;
    const patience = { connectString: server.connectString, sessionTimeout: 20 * T, path: '/patient', timeBoundary };
    let changed: Promise<string> | undefined;
    const children = await runBlocked({ ...patience, blocked: 5 * timeBoundary }, () => {
      changed = client.create('/patient/child');
    });
    expect(await changed).toBe('/patient/child');
    expect(children).toEqual(['child']);
    await client.close();
  });
});
