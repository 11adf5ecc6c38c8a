import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toNodeListener } from '../../../lib/http/index.js';
import { HTTP } from '../../../lib/http/limits.js';
import { pass } from '../../../testing/passing-time.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection whose other end takes a write only when it is let. */
class SlowConnection extends Duplex {
  #taking: (() => void) | undefined;
  taken = 0;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#taking = () => {
      this.taken += chunk.length;
      done();
    };
  }

  /** The other end takes all that is on its way. */
  takeAll(): void {
    while (this.#taking) {
      const taking = this.#taking;
      this.#taking = undefined;
      taking();
    }
  }
}

const CHUNK = 512 * 1024;

function answering(): { connection: SlowConnection; outgoing: ServerResponse; state: { cancelled: number } } {
  const state = { cancelled: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => controller.enqueue(new Uint8Array(CHUNK)),
      cancel: () => {
        state.cancelled += 1;
      },
    },
    { highWaterMark: 0 },
  );
  const connection = new SlowConnection();
  const incoming = new IncomingMessage(new Socket());
  Object.assign(incoming, { method: 'GET', url: '/', headers: { host: 'h' } });
  const outgoing = new ServerResponse(incoming);
  outgoing.assignSocket(connection as unknown as Socket);
  // A server of Node does so.
  connection.on('drain', () => outgoing.emit('drain'));
  toNodeListener(async () => new Response(body))(incoming, outgoing);
  return { connection, outgoing, state };
}

describe('a client', () => {
  it('that takes nothing of its answer for a while is cut off, and its answer let go', async () => {
    const { connection, outgoing, state } = answering();
    await pass(0);
    connection.takeAll();
    await pass(HTTP.answerIdle - 1_000);
    expect([outgoing.destroyed, state.cancelled]).toEqual([false, 0]);
    await pass(2_000);
    expect([outgoing.destroyed, connection.destroyed, state.cancelled]).toEqual([true, true, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that takes a little now and then is served as slowly as it likes', async () => {
    const { connection, outgoing } = answering();
    const writes = 20;
    await pass(0);
    const listeners = (): number[] => ['drain', 'close'].map((event) => outgoing.listenerCount(event));
    const before = listeners();
    for (let write = 0; write < writes; write += 1) {
      await pass(HTTP.answerIdle * 0.9);
      connection.takeAll();
    }
    await pass(0);
    expect([outgoing.destroyed, listeners()]).toEqual([false, before]);
    // A piece is handed over in slices, of which each counts.
    expect(connection.taken).toBeGreaterThan(4 * HTTP.answerSlice);
    expect(connection.taken).toBeLessThan(writes * 2 * HTTP.answerSlice);
    outgoing.destroy();
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('whose system makes room by megabytes, as that of a proxy, is served while it reads them', async () => {
    const { connection, outgoing } = answering();
    const [kept, rate] = [3_000_000, 20_000];
    for (let time = 0; time < 3; time += 1) {
      await pass((kept / rate) * 1_000);
      expect(outgoing.destroyed).toBe(false);
      connection.takeAll();
    }
    await pass(0);
    outgoing.destroy();
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
