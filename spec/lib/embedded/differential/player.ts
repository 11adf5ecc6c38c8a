import { RawSession, type RawSessionOptions } from '../../../../testing/raw-session.js';
import { type Baseline, Normalizer } from './normalizer.js';
import { type Attachment, describeStep, type Program, type Slot, type Step } from './program.js';
import type { ProgramHost } from './program-host.js';

const FAR_AHEAD = 1_000_000_000n;
const TIMEOUT = 60_000;
const NO_SESSION = 0x5eedn;

/** The frames that the server has sent at one step, one in a line. */
export interface PlayedStep {
  readonly step: string;
  readonly lines: readonly string[];
}

/** Plays a program. The last step lists the znodes that are left when all its sessions are closed. */
export async function play(host: ProgramHost, program: Program): Promise<PlayedStep[]> {
  const baseline = await host.prepare();
  const player = new Player(host.port, baseline);
  const played: PlayedStep[] = [];
  try {
    for (const step of program) played.push({ step: describeStep(step), lines: await player.step(step) });
    played.push({ step: 'all sessions are closed', lines: await player.close() });
    played.push({ step: 'the znodes that are left', lines: await host.clear(baseline.prefix, player.normalizer) });
    return played;
  } finally {
    await player.abandon();
  }
}

interface Party {
  /** Numbers the sessions: A1, A2, ... */
  sessions: number;
  credentials: { readonly sessionId: bigint; readonly password: Buffer } | null;
  connection: RawSession | null;
  /** The number of the connection's frames that were reported. */
  reported: number;
}

class Player {
  readonly normalizer: Normalizer;
  readonly #port: number;
  readonly #baseline: Baseline;
  readonly #parties = new Map<Slot, Party>();
  readonly #connections: RawSession[] = [];
  #lines: string[] = [];

  constructor(port: number, baseline: Baseline) {
    this.#port = port;
    this.#baseline = baseline;
    this.normalizer = new Normalizer(baseline);
  }

  async step(step: Step): Promise<string[]> {
    this.#lines = [];
    const party = this.#party(step.slot);
    let several = false;
    try {
      if (step.kind === 'attach') await this.#attach(step.slot, party, step.as);
      else if (step.kind === 'drop') await party.connection?.drop();
      else several = await this.#send(step, await this.#connected(step.slot, party));
    } catch (error) {
      this.#fail(step.slot, error);
    }
    await this.#settle(step.slot, several);
    return this.#lines;
  }

  /** Closes every session that the program has opened. */
  async close(): Promise<string[]> {
    const lines: string[] = [];
    for (const [slot, party] of this.#parties) {
      if (!party.credentials) continue;
      lines.push(
        ...(await this.step({ kind: 'requests', slot, requests: [{ name: 'closeSession', record: undefined }] })),
      );
    }
    return lines;
  }

  async abandon(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection[Symbol.asyncDispose]()));
  }

  #party(slot: Slot): Party {
    const known = this.#parties.get(slot);
    if (known) return known;
    const party: Party = { sessions: 0, credentials: null, connection: null, reported: 0 };
    this.#parties.set(slot, party);
    return party;
  }

  /** Sends the step's requests. Returns whether one transaction of it may fire several watches in any order. */
  async #send(step: Exclude<Step, { kind: 'attach' | 'drop' }>, connection: RawSession): Promise<boolean> {
    if (step.kind === 'auth') {
      const reply = await connection.auth(step.scheme, step.auth);
      if (reply?.error !== 0) await connection.untilHungUp();
      return false;
    }
    if (step.kind === 'bytes') {
      const reply = await connection.requestNumber(step.op, Buffer.from(step.bytes));
      if (reply?.zxid === -1n) await connection.untilHungUp();
      return false;
    }
    for (const { name, record } of step.requests) connection.send(name, this.#resolve(record) as undefined);
    const closes = step.requests.some(({ name }) => name === 'closeSession');
    if (closes) {
      await connection.untilHungUp();
      this.#party(step.slot).credentials = null;
    }
    return closes;
  }

  async #connected(slot: Slot, party: Party): Promise<RawSession> {
    const open = party.connection;
    if (open && !open.closed) return open;
    const { connection } = await this.#attach(slot, party, 'itself');
    if (!connection) throw new Error('no connection');
    return connection;
  }

  async #attach(slot: Slot, party: Party, as: Attachment): Promise<Party> {
    const former = party.connection;
    const { credentials } = party;
    const connection = await RawSession.open(this.#port, this.#options(party, as));
    this.#connections.push(connection);
    const { handshake } = connection;
    if (!handshake || !connection.established) {
      this.#lines.push(`${slot} is refused with ${handshake ? 'an answer' : 'no answer'}`);
      await connection.untilHungUp();
      // A handshake with a wrong password cuts the session's connection.
      if (former && handshake && as === 'stranger' && credentials) await former.untilHungUp();
      return party;
    }
    if (former && !former.closed) await former.untilHungUp();
    this.#report(slot, party, false);
    if (handshake.sessionId !== credentials?.sessionId) this.#name(slot, party, handshake.sessionId);
    party.credentials = { sessionId: handshake.sessionId, password: handshake.password ?? Buffer.alloc(0) };
    party.connection = connection;
    party.reported = 0;
    const { sessionTimeout, readOnly } = handshake;
    this.#lines.push(`${slot} is ${slot}${party.sessions}, timeout ${sessionTimeout}, readOnly ${readOnly}`);
    return party;
  }

  #name(slot: Slot, party: Party, sessionId: bigint): void {
    party.sessions += 1;
    this.normalizer.name(sessionId, `${slot}${party.sessions}`);
  }

  #options({ credentials }: Party, as: Attachment): RawSessionOptions {
    const lastZxid = as === 'ahead' ? this.#baseline.zxid + FAR_AHEAD : this.#baseline.zxid;
    if (!credentials) return { lastZxid, timeout: TIMEOUT };
    const { sessionId } = credentials;
    if (as === 'nobody') return { sessionId: NO_SESSION, password: Buffer.alloc(16, 7), lastZxid, timeout: TIMEOUT };
    if (as === 'stranger') return { sessionId, password: Buffer.alloc(16, 7), lastZxid, timeout: TIMEOUT };
    return { ...credentials, lastZxid, timeout: TIMEOUT };
  }

  /** Awaits and reports the effects of the step on every connection, the sender's first. */
  async #settle(sender: Slot, sorted: boolean): Promise<void> {
    for (const slot of [sender, ...[...this.#parties.keys()].filter((other) => other !== sender).sort()]) {
      const party = this.#party(slot);
      try {
        if (party.connection && !party.connection.closed) await party.connection.ping();
      } catch (error) {
        this.#fail(slot, error);
      }
      this.#report(slot, party, sorted);
    }
  }

  #report(slot: Slot, party: Party, sorted: boolean): void {
    const { connection } = party;
    if (!connection) return;
    const lines = connection.frames.items.slice(party.reported).map((frame) => this.normalizer.frame(frame));
    party.reported = connection.frames.items.length;
    const runs = sorted ? sortRuns(lines) : lines;
    this.#lines.push(...runs.map((line) => `${slot}${party.sessions} ${line}`));
    if (connection.closed) {
      this.#lines.push(`${slot}${party.sessions} has no connection`);
      party.connection = null;
    }
  }

  #fail(slot: Slot, error: unknown): void {
    this.#lines.push(`${slot} FAILS: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Replaces the paths and zxids of a record with those of this server. */
  #resolve(value: unknown): unknown {
    const { prefix, zxid } = this.#baseline;
    if (typeof value === 'string') return value.replace('~', prefix);
    if (Array.isArray(value)) return value.map((item) => this.#resolve(item));
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    const resolved = Object.entries(value).map(([name, field]) => {
      return [name, name === 'relativeZxid' ? zxid + (field as bigint) : this.#resolve(field)];
    });
    return Object.fromEntries(resolved);
  }
}

/** Sorts each run of consecutive events. */
function sortRuns(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let run: string[] = [];
  for (const line of lines) {
    if (line.startsWith('event')) {
      run.push(line);
      continue;
    }
    sorted.push(...run.sort(), line);
    run = [];
  }
  return [...sorted, ...run.sort()];
}
