import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundled } from '../../../testing/bundled.js';
import { Command } from '../../../testing/command.js';
import { freePort } from '../../../testing/free-port.js';
import { RawSession, type RawSessionOptions } from '../../../testing/raw-session.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { scaled } from '../../../testing/time-factor.js';
import {
  perform,
  type RandomWrite,
  randomWrite,
  readWritten,
  send,
  type WrittenTree,
} from '../../support/random-writes.js';
import { newFolder } from './journal/journal-fixture.js';

const SEED = 20_261_120;
const ROUNDS = 50;
/** The number of unanswered requests at a time. */
const IN_FLIGHT = 50;

/** A client of a server that is killed repeatedly. It tracks its writes and which of them were acknowledged. */
class Survivor {
  readonly #port: number;
  readonly #random = new SeededRandom(SEED);
  /** The acknowledged state. */
  readonly tree: WrittenTree = new Map();
  #session: RawSessionOptions = {};
  #lastZxid = 0n;
  #written = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resumes the session. The server must have every zxid that this client has seen. */
  async connect(): Promise<RawSession> {
    const session = await RawSession.open(this.#port, { ...this.#session, lastZxid: this.#lastZxid });
    const { sessionId = 0n, password } = session.handshake ?? {};
    if (!session.established) throw new Error(`refused, with zxid ${this.#lastZxid}`);
    this.#session = { sessionId, password: password ?? Buffer.alloc(16) };
    return session;
  }

  /** Writes until a random number of writes is acknowledged, then calls `kill`. Returns the unacknowledged writes. */
  async writeUntil(session: RawSession, kill: () => void): Promise<readonly RandomWrite[]> {
    const target = 1 + this.#random.below(250);
    const { frames } = session;
    frames.clear();
    const sent: RandomWrite[] = [];
    while (frames.items.length < target) {
      for (; sent.length < frames.items.length + IN_FLIGHT; this.#written += 1) {
        const write = randomWrite(this.#random, String(this.#written));
        send(session, write);
        sent.push(write);
      }
      await frames.untilCount(frames.items.length + 1);
    }
    kill();
    await session.untilHungUp();
    for (const [index, frame] of frames.items.entries()) {
      const write = sent[index];
      if (frame.kind !== 'reply' || !write) throw new Error(`expected a reply, got: ${frame.kind}`);
      expect(frame.zxid, 'a zxid').toBeGreaterThan(this.#lastZxid);
      this.#lastZxid = frame.zxid;
      expect(perform(this.tree, write), `whether ${JSON.stringify(write)} succeeded`).toBe(succeeded(frame));
    }
    return sent.slice(frames.items.length);
  }

  /** Applies unacknowledged writes in order until the state equals the server's. Returns `false` if it never does. */
  catchUp(there: WrittenTree, uncertain: readonly RandomWrite[]): boolean {
    if (equals(this.tree, there)) return true;
    return uncertain.some((write) => {
      perform(this.tree, write);
      return equals(this.tree, there);
    });
  }
}

/** A failed multi has its errors in its results, not in its header. */
function succeeded({ error, body }: { error: number; body: unknown }): boolean {
  const isUndone = Array.isArray(body) && body.some((outcome) => (outcome as { op: string }).op === 'error');
  return error === 0 && !isUndone;
}

function equals(one: WrittenTree, other: WrittenTree): boolean {
  return one.size === other.size && [...one].every(([path, state]) => other.get(path) === state);
}

describe('a server killed by SIGKILL', () => {
  it(
    `keeps every acknowledged write, ${ROUNDS} times on one folder`,
    async () => {
      const [folder, port] = [await newFolder(), await freePort()];
      const script = await bundled(fileURLToPath(new URL('../../support/serve-with-snapshots.ts', import.meta.url)));
      const survivor = new Survivor(port);
      let uncertain: readonly RandomWrite[] = [];
      let newcomer: RawSession | null = null;
      let snapshots = 0;
      for (let round = 0; round <= ROUNDS; round += 1) {
        const about = `round ${round}, seed ${SEED}`;
        await using server = new Command([script, 'serve', '--port', String(port), '--data', folder]);
        expect(await server.port(), about).toBe(port);
        await using session = await survivor.connect();
        const there = await readWritten(session);
        if (!survivor.catchUp(there, uncertain)) {
          expect(Object.fromEntries(there), about).toEqual(Object.fromEntries(survivor.tree));
        }
        if (newcomer?.established) await expectKnown(port, newcomer, about);
        // The kill may also hit the creation of a session.
        const opening = RawSession.open(port).catch(() => null);
        uncertain = await survivor.writeUntil(session, () => server.kill('SIGKILL'));
        newcomer = await opening;
        expect(await server.ended, about).toEqual({ code: null, signal: 'SIGKILL' });
        snapshots += Number((await readdir(folder)).some((name) => /^snapshot\.\w+$/.test(name)));
      }
      expect(snapshots).toBeGreaterThan(ROUNDS / 2);
    },
    scaled(120_000),
  );
});

async function expectKnown(port: number, { handshake }: RawSession, about: string): Promise<void> {
  const { sessionId = 0n, password } = handshake ?? {};
  await using again = await RawSession.open(port, { sessionId, password: password ?? Buffer.alloc(16) });
  expect(again.established, about).toBe(true);
  await again.close();
}
