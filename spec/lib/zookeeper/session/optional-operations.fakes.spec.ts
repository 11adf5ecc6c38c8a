import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SESSION } from '../../../../lib/core/limits.js';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

const UNIMPLEMENTED = -6;

const REFUSED = { code: 'UNIMPLEMENTED', serverCode: UNIMPLEMENTED, path: '/' };
/** Said by the client alone. */
const NOTHING_SENT = {
  ...REFUSED,
  message: expect.stringMatching(/^whoAmI \/: .*known to lack.*nothing was sent$/),
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A client whose connections open by themselves, and whose servers refuse `whoAmI`. */
async function connected(connectString = 'a:1') {
  const { client, network } = makeFakeClient(connectString);
  network.onConnection = (connection) => connection.open();
  const connecting = client.connect();
  await pass(1);
  await connecting;
  const ask = async (): Promise<unknown> => {
    const asking = client.whoAmI().catch((error: unknown) => error);
    await pass(1);
    network.last.named('whoAmI').at(-1)?.refuse(UNIMPLEMENTED);
    return asking;
  };
  const reconnected = async (connection: FakeConnection): Promise<void> => {
    connection.end('failed');
    await pass(2 * SESSION.reconnect.maxDelay);
    expect(client.state).toBe('connected');
  };
  const close = async (): Promise<void> => {
    const closing = client.close();
    await pass(2_000);
    await closing;
  };
  return { client, network, ask, reconnected, close };
}

describe('an operation over which a server has ended the connection', () => {
  it('is refused by the client from then on, over later connections to that address', async () => {
    const { network, ask, reconnected, close } = await connected();
    expect(await ask()).toMatchObject({ ...REFUSED, message: expect.stringContaining('error -6') });
    await reconnected(network.last);
    expect(await ask()).toMatchObject(NOTHING_SENT);
    await reconnected(network.last);
    expect(await ask()).toMatchObject(NOTHING_SENT);
    expect(network.connections.items.map((connection) => connection.named('whoAmI').length)).toEqual([1, 0, 0]);
    await close();
  });

  it('is refused in its turn, when it was called before the connection was back', async () => {
    const { client, network, ask, close } = await connected();
    await ask();
    network.last.end('failed');
    const read = client.exists('/a');
    const asked = client.whoAmI().catch((error: unknown) => error);
    await pass(2 * SESSION.reconnect.maxDelay);
    expect(await asked).toMatchObject(NOTHING_SENT);
    expect(network.last.requests.items.map(({ name }) => name)).toEqual(['exists']);
    network.last.named('exists')[0]?.answer(null);
    await read;
    await close();
  });

  it('is asked of another address', async () => {
    const { network, ask, reconnected, close } = await connected('a:1,b:2');
    await ask();
    const first = network.last;
    await reconnected(first);
    expect(network.last.server).not.toBe(first.server);
    await ask();
    expect(network.last.named('whoAmI')).toHaveLength(1);
    await close();
  });

  it('is asked again when a newer server may have the address', async () => {
    const { client, network, ask, reconnected, close } = await connected();
    await ask();
    await reconnected(network.last);
    const keptAlive = setInterval(() => network.last.hear(), 100);
    await pass(SESSION.missingFor);
    clearInterval(keptAlive);
    expect(client.state).toBe('connected');
    await ask();
    expect(network.last.named('whoAmI')).toHaveLength(1);
    await close();
  });
});

describe('an operation that a server does not know, but leaves the connection open over', () => {
  it('is asked each time, over that connection and the next', async () => {
    const { network, ask, reconnected, close } = await connected();
    for (const _ of [1, 2]) expect(await ask()).toMatchObject({ message: expect.stringContaining('error -6') });
    expect(network.last.named('whoAmI')).toHaveLength(2);
    network.last.hear();
    await pass(SESSION.hangUpWithin);
    await reconnected(network.last);
    expect(await ask()).toMatchObject({ message: expect.stringContaining('error -6') });
    await close();
  });
});

describe('an operation that every server has', () => {
  it('is sent again, whatever a server has answered', async () => {
    const { client, network, reconnected, close } = await connected();
    const reading = client.getData('/a').catch((error: unknown) => error);
    await pass(1);
    network.last.named('getData')[0]?.refuse(UNIMPLEMENTED);
    expect(await reading).toMatchObject({ code: 'UNIMPLEMENTED' });
    await reconnected(network.last);
    client.getData('/a').catch(() => {});
    await pass(1);
    expect(network.last.named('getData')).toHaveLength(1);
    await close();
  });
});
