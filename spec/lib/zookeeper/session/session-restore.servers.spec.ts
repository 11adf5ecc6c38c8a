import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { DataWatch, type ZooKeeperClient } from '../../../../index.js';
import { Recorder } from '../../../../testing/recorder.js';
import type { LogLine, RecordingLogger } from '../../../../testing/recording-logger.js';
import { Stopwatch } from '../../../../testing/stopwatch.js';
import { scaled } from '../../../../testing/time-factor.js';
import { it, recordStates } from '../../../support/fixtures.js';
import { startServer, type TestServer } from '../../../support/test-server.js';

const T = 1_000;
const OLDER_STATE = 'no server knows the last transaction';

/** Whether a server has hung up on an attempt to return, as it does on a client that knows more. */
const isRefused = (lines: readonly LogLine[]): boolean =>
  lines.some(({ details }) => /hung up (instead of|after)/.test(String((details as { err?: Error }).err)));

const isOlderStateWarning = ({ message }: { message: string }): boolean => message.includes(OLDER_STATE);

interface Setup {
  readonly client: ZooKeeperClient;
  readonly folder: string;
  /** The data with which a DataWatch on `/config` was called. */
  readonly seen: Recorder<string | null>;
  /** Stops the server, and starts another one on its port. */
  replace(dataDir: string): Promise<TestServer>;
}

/** A client whose server had `/config` set to `old`, was backed up, and then had it set to `new`. */
async function withServer(
  connect: (options: object) => Promise<ZooKeeperClient>,
  use: (setup: Setup) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'spec-restore-'));
  const dataDir = join(folder, 'data');
  let server = await startServer({ tickTime: 100, dataDir });
  try {
    const client = await connect({ connectString: server.connectString, sessionTimeout: T });
    await client.create('/config', 'old');
    const lost = recordStates(client).until((all) => all.includes('lost'));
    await server.kill();
    await cp(dataDir, join(folder, 'backup'), { recursive: true });
    await lost;
    await server.restart();
    await client.connect();
    for (const value of ['newer', 'newer still', 'new']) await client.setData('/config', value);
    const seen = new Recorder<string | null>();
    new DataWatch(client, '/config', (data) => seen.record(data === null ? null : data.toString()));
    await seen.untilCount(1);
    const replace = async (dir: string): Promise<TestServer> => {
      const { port } = server;
      await server.stop();
      server = await startServer({ tickTime: 100, port, dataDir: dir });
      return server;
    };
    await use({ client, folder, seen, replace });
    await client.close();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function expectOlderStateAccepted(client: ZooKeeperClient, logger: RecordingLogger): Promise<void> {
  const warnings = logger.items.filter(isOlderStateWarning);
  expect(warnings.map(({ level }) => level)).toEqual(['warn']);
  for (const { details } of warnings) {
    const { lastZxid, zxid } = details as { lastZxid: string; zxid: string };
    expect(BigInt(lastZxid)).toBeGreaterThan(BigInt(zxid));
  }
  expect([client.state, client.epoch]).toEqual(['connected', 1]);
}

describe('a client whose server comes back with an older history', () => {
  it('is refused at first, then accepts the older state with a warning, and its watches deliver that state', async ({
    connect,
    logger,
  }) => {
    await withServer(connect, async ({ client, folder, seen, replace }) => {
      const states = recordStates(client);
      const before = logger.items.length;
      const replaced = replace(join(folder, 'empty'));
      // Not from the server's start: over TLS its first handshakes take a second and more.
      await logger.until((lines) => isRefused(lines.slice(before)));
      const refusedAt = performance.now();
      using stopwatch = new Stopwatch();
      await states.until((all) => all.at(-1) === 'connected');
      // A stopwatch leaves out the pauses of a busy machine, in which the client's time went on.
      expect(performance.now() - refusedAt).toBeGreaterThan(0.9 * T);
      expect(stopwatch.elapsed).toBeLessThan(scaled(2 * T));
      await replaced;
      expect(states.items).toEqual(['suspended', 'lost', 'connected']);
      await seen.untilCount(2);
      expect(seen.items).toEqual(['new', null]);
      await expectOlderStateAccepted(client, logger);
      await client.create('/config', 'begun again');
      await seen.untilCount(3);
      expect(seen.last).toBe('begun again');
    });
  });

  it('delivers the older data of a restored backup', async ({ connect, logger }) => {
    await withServer(connect, async ({ client, folder, seen, replace }) => {
      const states = recordStates(client);
      await replace(join(folder, 'backup'));
      await states.until((all) => all.at(-1) === 'connected');
      await seen.untilCount(2);
      expect(seen.items).toEqual(['new', 'old']);
      await expectOlderStateAccepted(client, logger);
    });
  });

  it('keeps its epoch when the server was merely restarted', async ({ connect, logger }) => {
    await withServer(connect, async ({ client, folder, seen, replace }) => {
      const states = recordStates(client);
      await replace(join(folder, 'data'));
      await states.until((all) => all.at(-1) === 'connected');
      expect(logger.items.filter(isOlderStateWarning)).toEqual([]);
      expect(client.epoch).toBe(0);
      await client.setData('/config', 'newest');
      await seen.untilCount(2);
      expect(seen.items).toEqual(['new', 'newest']);
    });
  });
});
