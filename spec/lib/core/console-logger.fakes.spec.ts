import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../../../index.js';
import { consoleLogger } from '../../../lib/core/logger.js';
import { type FakeConnection, makeFakeClient } from '../../../testing/fake-connector.js';
import { pass } from '../../../testing/passing-time.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';

/** All that was printed on the console, a line each. */
const printed: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  printed.length = 0;
  for (const method of ['warn', 'error', 'info', 'debug', 'log'] as const)
    vi.spyOn(console, method).mockImplementation((...parts) => void printed.push(parts.join(' ')));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A client whose connection is cut, whose session expires, and whose servers are away for eight seconds. */
async function troubled(logger: Logger): Promise<void> {
  const { client, network } = makeFakeClient('zk1:2181', { logger, sessionTimeout: 30_000 });
  const opens = (connection: FakeConnection): void => connection.open();
  network.onConnection = opens;
  await Promise.all([client.connect(), pass(1)]);
  await pass(15_000);
  network.last.end('failed', 'read ECONNRESET');
  await pass(500);
  network.onConnection = (connection) => connection.end('expired', 'the server knows no such session');
  network.last.end('failed', 'read ECONNRESET');
  await pass(100);
  network.onConnection = opens;
  await pass(15_000);
  network.onConnection = (connection) => connection.end('failed', 'connect ECONNREFUSED');
  network.last.end('failed', 'the server closed the connection');
  await pass(8_000);
  network.onConnection = opens;
  await pass(1_000);
  await Promise.all([client.close(), pass(3_000)]);
}

describe('the console as the logger', () => {
  it('has one line for a lost session, one for the next one, and one for the beginning and the end of an outage', async () => {
    await troubled(consoleLogger);
    expect(printed).toEqual([
      expect.stringMatching(/^zk-recipes: lost: session 0x\w+ is gone: zk1:2181: the server knows no such session$/),
      expect.stringMatching(
        /^zk-recipes: connected to zk1:2181 in the new session 0x\w+, after \d+ ms without a server$/,
      ),
      expect.stringMatching(
        /^zk-recipes: no server gives a connection, in \d+ attempts in 5 s; the last: zk1:2181: .*$/,
      ),
      expect.stringMatching(/^zk-recipes: connected to zk1:2181 in session 0x\w+, after 8 s without a server$/),
    ]);
  });

  it('prints the stack of an error of other code, whose message is not repeated', () => {
    const boom = new TypeError('boom');
    consoleLogger.error({ err: boom, path: '/a' }, 'the function threw: boom');
    consoleLogger.warn({ paths: ['/a', '/b'] }, 'two watches');
    const more = Object.assign(new Error('no'), { errno: 5 });
    consoleLogger.error({ err: more }, 'it failed');
    expect(printed[0]).toMatch(/^zk-recipes: the function threw: boom\n +at /);
    expect(printed.slice(1)).toEqual(['zk-recipes: two watches (/a, /b)', `zk-recipes: it failed ${more}`]);
  });
});

describe('a logger', () => {
  it('has each change of the state as one line at info level, with server, session and reason, and no stack', async () => {
    const logger = new RecordingLogger();
    await troubled(logger);
    const changes = logger.items.filter(({ details }) => 'state' in details);
    expect(changes.map(({ level, details }) => [level, (details as { state: string }).state])).toEqual(
      [
        'connecting',
        'connected',
        'suspended',
        'connected',
        'suspended',
        'lost',
        'connected',
        'suspended',
        'connected',
        'closed',
      ].map((state) => ['info', state]),
    );
    for (const { details, message } of changes.slice(1, -1)) {
      expect(details).toMatchObject({
        server: { host: 'zk1', port: 2181 },
        sessionId: expect.stringMatching(/^0x\w+$/),
      });
      expect(message).toMatch(
        /^(connected to zk1:2181 in (the new )?session|suspended in session|lost: session) 0x\w+/,
      );
    }
    const withErrors = logger.items.filter(({ details }) =>
      Object.values(details).some((value) => value instanceof Error),
    );
    expect(new Set(withErrors.map(({ level }) => level))).toEqual(new Set(['debug']));
  });
});
