import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import type { FaultProxy } from '../../../../testing/fault-proxy.js';
import { it, recordStates } from '../../../support/fixtures.js';

/** Changes the next reply to a request, and passes on everything else. */
function onNextReply(proxy: FaultProxy, change: (frame: Buffer) => Buffer | null): void {
  let done = false;
  proxy.transform((frame) => {
    if (done || frame.readInt32BE(0) < 0) return frame;
    done = true;
    return change(Buffer.from(frame));
  });
}

describe('a faulty reply', () => {
  const faults: Record<string, (frame: Buffer) => Buffer | null> = {
    'has the wrong xid': (frame) => {
      frame.writeInt32BE(frame.readInt32BE(0) + 1_000, 0);
      return frame;
    },
    'is a truncated record': (frame) => frame.subarray(0, 20),
    'is a truncated header': (frame) => frame.subarray(0, 9),
    'is empty': () => Buffer.alloc(0),
    'contains an impossible length': (frame) => {
      frame.writeInt32BE(-77, 16);
      return frame;
    },
    'was dropped': () => null,
  };

  for (const [name, change] of Object.entries(faults)) {
    it(`that ${name} ends only the connection, and the read is answered over the next one`, async ({
      proxy,
      proxied,
      other,
    }) => {
      await other.create('/a', 'data');
      await other.create('/b', 'more');
      // All earlier replies have arrived.
      await proxied.sync('/');
      const states = recordStates(proxied);
      const { sessionId } = proxied;
      onNextReply(proxy, change);
      const [a, b, missing] = await Promise.all([proxied.getData('/a'), proxied.getData('/b'), proxied.exists('/no')]);
      expect([a.data.toString(), b.data.toString(), missing]).toEqual(['data', 'more', null]);
      expect(states.items).toEqual(['suspended', 'connected']);
      expect(proxied.sessionId).toBe(sessionId);
    });
  }
});

describe('bytes that are not a frame', () => {
  const garbage: Record<string, Buffer> = {
    'a negative length': Buffer.from('ffffffff', 'hex'),
    'a length of gigabytes': Buffer.from('7fffffff', 'hex'),
    'a reply to no request': Buffer.from(`00000010${'7f'.repeat(16)}`, 'hex'),
    'a web page': Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  };

  for (const [name, bytes] of Object.entries(garbage)) {
    it(`(${name}) end only the connection, and the read is answered over the next one`, async ({
      port,
      chroot,
      connect: open,
    }) => {
      const relay = await Relay.listen(port);
      const client = await open({ connectString: `127.0.0.1:${relay.port}${chroot}` });
      await client.sync('/');
      const states = recordStates(client);
      const { sessionId } = client;
      relay.garbage = bytes;
      expect(await client.exists('/')).toMatchObject({ version: 0 });
      await states.until((all) => all.at(-1) === 'connected');
      expect(states.items).toEqual(['suspended', 'connected']);
      expect(client.sessionId).toBe(sessionId);
      await client.close();
      await relay.close();
    });

    it(`(${name}) instead of a handshake end only that attempt`, async ({ port, chroot, makeClient }) => {
      const relay = await Relay.listen(port);
      relay.garbage = bytes;
      const client = makeClient({ connectString: `127.0.0.1:${relay.port}${chroot}` });
      await client.connect();
      expect(await client.exists('/')).toMatchObject({ version: 0 });
      await client.close();
      await relay.close();
    });
  }
});

/** Relays to a server, and inserts `garbage` once, before the next bytes from the server. */
class Relay {
  garbage: Buffer | null = null;
  readonly #sockets: Socket[] = [];
  readonly #server;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const server = connect(target, '127.0.0.1');
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.push(from);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
      client.pipe(server);
      server.on('data', (bytes) => {
        client.write(this.garbage ? Buffer.concat([this.garbage, bytes]) : bytes);
        this.garbage = null;
      });
    });
  }

  static async listen(target: number): Promise<Relay> {
    const relay = new Relay(target);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
