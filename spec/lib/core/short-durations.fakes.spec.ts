import { describe, expect, it } from 'vitest';
import { PatientChildrenWatch } from '../../../index.js';
import { toCompleteOptions } from '../../../lib/embedded/options.js';
import { makeFakeClient } from '../../../testing/fake-connector.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';

describe('a duration so short that seconds were probably meant', () => {
  it.each([1, 10, 99])('is a warning of the client: %d', (sessionTimeout) => {
    const { logger } = makeFakeClient('a:1', { sessionTimeout });
    expect(logger.messages('warn')).toEqual([
      `sessionTimeout is ${sessionTimeout} ms: durations are milliseconds; ` +
        `if ${sessionTimeout} seconds were meant, write ${sessionTimeout}000`,
    ]);
  });

  it('is none from 100 ms on', () => {
    expect(makeFakeClient('a:1', { sessionTimeout: 100 }).logger.items).toEqual([]);
  });

  it('is one warning of connect(), however often it is called, and none for 0', async () => {
    const { client, network, logger } = makeFakeClient();
    network.onConnection = (each) => each.open();
    await client.connect({ timeout: 0 }).catch(() => {});
    expect(logger.messages('warn')).toEqual([]);
    await client.connect({ timeout: 15 }).catch(() => {});
    await client.connect({ timeout: 15 });
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(/^timeout of connect\(\) is 15 ms: .* write 15000$/),
    ]);
    const closing = client.close();
    network.last.named('closeSession')[0]?.answer();
    await closing;
  });

  it('is one warning for the time boundaries of a client', () => {
    const { client, logger } = makeFakeClient();
    for (const path of ['/a', '/b']) new PatientChildrenWatch(client, path, { timeBoundary: 30 });
    new PatientChildrenWatch(client, '/c', { timeBoundary: 0 });
    expect(logger.messages('warn')).toEqual([expect.stringContaining('timeBoundary is 30 ms')]);
  });

  it('is a warning of the embedded server for its longest session timeout', () => {
    const logger = new RecordingLogger();
    toCompleteOptions({ minSessionTimeout: 1, maxSessionTimeout: 60, tickTime: 1, containerCheckInterval: 1, logger });
    expect(logger.messages('warn')).toEqual([expect.stringContaining('maxSessionTimeout is 60 ms')]);
  });
});
