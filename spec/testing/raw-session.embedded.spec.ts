import { describe, expect, it } from 'vitest';
import { JuteWriter } from '../../lib/protocol/jute.js';
import { connectResponseRecord } from '../../lib/protocol/messages.js';
import { replyHeaderRecord } from '../../lib/protocol/server-messages.js';
import { RawSession } from '../../testing/raw-session.js';
import { type Wire, WireServer } from '../../testing/wire.js';

const GREETING = new JuteWriter().frame((writer) => {
  const password = Buffer.alloc(16);
  connectResponseRecord.write(writer, { protocolVersion: 0, sessionTimeout: 4_000, sessionId: 7n, password });
  writer.boolean(false);
}).bytes;

function reply(xid: number, body: (writer: JuteWriter) => void): Buffer {
  return new JuteWriter().frame((writer) => {
    replyHeaderRecord.write(writer, { xid, zxid: 5n, error: 0 });
    body(writer);
  }).bytes;
}

async function connected(server: WireServer): Promise<{ session: RawSession; wire: Wire }> {
  const opening = RawSession.open(server.port);
  const wire = await server.wire();
  wire.send(GREETING);
  return { session: await opening, wire };
}

describe('RawSession', () => {
  it('gives the reply to a request, and keeps all frames in their order', async () => {
    await using server = await WireServer.listen();
    const { session, wire } = await connected(server);
    await using _ = session;
    wire.send(reply(1, (writer) => writer.string('/a')));
    expect(await session.request('sync', { path: '/a' })).toMatchObject({ zxid: 5n, error: 0, body: { path: '/a' } });
    expect(session.frames.items).toHaveLength(1);
  });

  it('gives nothing when the server hangs up instead', async () => {
    await using server = await WireServer.listen();
    const { session, wire } = await connected(server);
    wire.socket.end();
    expect(await session.ping()).toBeNull();
    expect(session.closed).toBe(true);
  });

  it.each<[string, (writer: JuteWriter) => void]>([
    ['bytes behind the record', (writer) => writer.string('/a').int(0)],
    ['half a record', (writer) => writer.int(7)],
    ['null where there must be a string', (writer) => writer.int(-1)],
  ])('fails of %s', async (_, body) => {
    await using server = await WireServer.listen();
    const { session, wire } = await connected(server);
    wire.send(reply(1, body));
    await expect(session.request('sync', { path: '/a' })).rejects.toThrow(/record|missing/);
  });

  it('rejects a record where there must be none', async () => {
    await using server = await WireServer.listen();
    const { session, wire } = await connected(server);
    wire.send(reply(1, (writer) => writer.int(0)));
    await expect(session.request('delete', { path: '/a', version: 0 })).rejects.toThrow(/delete with a record/);
  });

  it('distinguishes the replies to several pings', async () => {
    await using server = await WireServer.listen();
    const { session, wire } = await connected(server);
    await using _ = session;
    const pings = [session.ping(), session.ping()];
    wire.send(reply(-2, () => {}));
    wire.send(reply(-2, () => {}));
    const [first, second] = await Promise.all(pings);
    expect(first).toBe(session.frames.items[0]);
    expect(second).toBe(session.frames.items[1]);
  });
});
