import { expect } from 'vitest';
import type { ClientState, Stat } from '../../../lib/core/coordination-client.js';
import { SessionExpiredError, ZooKeeperError } from '../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import type { ConnectionOptions } from '../../../lib/zookeeper/connection/connection.js';
import {
  type FakeConnection,
  type FakeNetwork,
  type FakeRequest,
  makeFakeClient,
} from '../../../testing/fake-connector.js';
import { turn, type VirtualClock } from '../../../testing/virtual-clock.js';
import { printViolation, type Violation } from '../../oracle/rules.js';
import { SessionModel } from './session-model.js';
import type { SessionStep, SessionStory } from './session-steps.js';

const ZXID_OF_SET_WATCHES = 12;

const STAT = {
  ...{ czxid: 1n, mzxid: 1n, pzxid: 1n, ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0 },
  ...{ ephemeralOwner: 0n, dataLength: 0, numChildren: 0 },
} satisfies Stat;

interface Call {
  readonly what: string;
  readonly sessionsLost: number;
  result: { readonly value: unknown } | { readonly error: unknown } | undefined;
}

/** A client, its user and its servers, compared with the model at each turn. */
export class SessionRig {
  readonly client: ZooKeeperClient;
  readonly #clock: VirtualClock;
  readonly #network: FakeNetwork;
  readonly #model = new SessionModel();
  readonly #calls: Call[] = [];
  readonly #sentIn = new Map<string, number>();
  #connection: FakeConnection | undefined;
  #isOpen = false;
  #isOver = true;
  /** How many of the connection's requests were examined, and how many answered. */
  #noted = 0;
  #answered = 0;
  #pingsAnswered = 0;
  #doServersAnswer = false;
  #zxid = 10n;
  #stateSeen: ClientState = 'latent';
  #violation: unknown;

  constructor(clock: VirtualClock, { servers }: SessionStory) {
    this.#clock = clock;
    const names = ['a:1', 'b:1', 'c:1'].slice(0, servers);
    const { client, network } = makeFakeClient(names.join(','));
    this.client = client;
    this.#network = network;
    client.on('state', (state) => {
      this.#stateSeen = state;
      this.#guard(() => {
        this.#model.epochIs(client.epoch);
        this.#model.becomes(state);
      });
    });
    network.onConnection = () => this.#guard(() => this.#newConnection());
  }

  /** The rules that were broken so far. */
  get violations(): readonly Violation[] {
    return this.#model.violations;
  }

  async play({ beginsConnected, steps }: SessionStory): Promise<void> {
    if (beginsConnected) {
      await this.do({ do: 'servers', answer: true });
      await this.do({ do: 'connect', timeout: 15_000 });
      await this.do({ do: 'pass', ms: 10 });
    }
    for (const step of steps) await this.do(step);
    await this.end();
  }

  async do(step: SessionStep): Promise<void> {
    if (step.do === 'pass') await this.#clock.pass(step.ms, () => this.#look());
    else this.#act(step);
    await turn();
    await this.#look();
  }

  /** Lets everything go well: the client must recover, and close without leaving anything. */
  async end(): Promise<void> {
    await this.do({ do: 'servers', answer: true });
    // One session timeout for the last attempt, one of refusals, and the pauses.
    for (let second = 0; second < 30 && !this.#isSettledDown; second += 1) {
      if (this.client.state === 'latent') await this.do({ do: 'connect', timeout: 60_000 });
      await this.do({ do: 'pass', ms: 1_000 });
    }
    if (this.client.state !== 'closed') {
      expect(this.client.state).toBe('connected');
      await this.do({ do: 'pass', ms: 20_000 });
      expect(this.client.state).toBe('connected');
      await this.do({ do: 'write' });
      expect(this.#calls.at(-1)?.result).toEqual({ value: '/write' });
      await this.do({ do: 'close' });
    }
    await this.do({ do: 'pass', ms: 2_000 });
    for (const call of this.#calls) this.#judge(call);
    expect(this.#clock.pendingTimers).toBe(0);
    expect(this.#isOver).toBe(true);
  }

  get #isSettledDown(): boolean {
    return this.client.state === 'connected' || this.client.state === 'closed';
  }

  #act(step: Exclude<SessionStep, { do: 'pass' }>): void {
    const connection = this.#connection;
    if (step.do === 'connect') this.#call('connect', () => this.client.connect({ timeout: step.timeout }));
    else if (step.do === 'close') this.#call('close', () => this.client.close());
    else if (step.do === 'read') this.#call('read', () => this.client.exists('/read'));
    else if (step.do === 'watch') this.#call('read', () => this.client.exists('/watched', this.#watcher()));
    else if (step.do === 'write') {
      const name = `write-${this.#calls.length}`;
      this.#call(name, () => this.client.create('/write', name));
    } else if (step.do === 'servers') this.#doServersAnswer = step.answer;
    else if (step.do === 'history') this.#zxid = this.#zxid + BigInt(step.by) < 1n ? 1n : this.#zxid + BigInt(step.by);
    else if (!connection || this.#isOver) return;
    else if (step.do === 'open') this.#open(connection, step.sessionTimeout);
    else if (step.do === 'answer') for (let n = 0; n < step.requests; n += 1) this.#answer(connection, step.error);
    else if (step.do === 'answer-ping') this.#answerPing(connection);
    else if (step.do === 'event') {
      if (this.#isOpen) connection.notify({ type: 'NodeCreated', path: '/watched' });
    } else this.#end(connection, step.kind);
  }

  #watcher(): () => void {
    let calls = 0;
    return () => {
      calls += 1;
      this.#guard(() => {
        expect(calls).toBe(1);
        expect(this.client.state).not.toBe('closed');
      });
    };
  }

  /** Keeps the error: the client would catch and log it. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#violation ??= error;
    }
  }

  #call(what: string, make: () => Promise<unknown>): void {
    const call: Call = { what, sessionsLost: this.#model.sessionsLost, result: undefined };
    this.#calls.push(call);
    make().then(
      (value) => {
        call.result = { value };
      },
      (error) => {
        call.result = { error };
      },
    );
  }

  #newConnection(): void {
    const connection = this.#network.last;
    // At most one connection at a time.
    this.#forgetDropped();
    expect(this.#isOver).toBe(true);
    this.#model.epochIs(this.client.epoch);
    this.#connection = connection;
    this.#isOpen = false;
    this.#isOver = false;
    this.#noted = 0;
    this.#answered = 0;
    this.#pingsAnswered = 0;
    this.#model.attempts(connection.options satisfies ConnectionOptions);
  }

  #open(connection: FakeConnection, sessionTimeout: number): void {
    if (this.#isOpen) return;
    const { lastZxid, session } = connection.options;
    if (lastZxid > this.#zxid) return this.#end(connection, 'refused');
    this.#isOpen = true;
    const id = session?.id ?? BigInt(0x1000 + this.#network.connections.items.length);
    this.#model.opened(id, session === null, sessionTimeout);
    connection.open({ id, sessionTimeout });
  }

  #answer(connection: FakeConnection, error: number): void {
    this.#note();
    const request = connection.requests.items[this.#answered];
    if (!request || this.#isOver) return;
    this.#answered += 1;
    this.#model.hears();
    const zxid = request.name === 'create' ? ++this.#zxid : this.#zxid;
    // Closing a session cannot fail.
    if (error !== 0 && request.name !== 'closeSession') {
      request.refuse(error);
      this.#model.heard(0n);
    } else {
      request.answer(answerTo(request), zxid);
      this.#model.heard(zxid);
    }
  }

  #answerPing(connection: FakeConnection): void {
    if (this.#pingsAnswered >= connection.pings.items.length) return;
    this.#pingsAnswered += 1;
    this.#model.hears();
    connection.hear(this.#zxid);
    this.#model.heard(this.#zxid);
  }

  #end(connection: FakeConnection, kind: 'failed' | 'refused' | 'expired' | 'auth-failed'): void {
    // Servers refuse, and deny a session, only in the handshake.
    const actual = this.#isOpen && kind !== 'auth-failed' ? 'failed' : kind;
    this.#isOver = true;
    if (this.#isOpen) this.#model.interrupted();
    if (actual === 'refused') this.#model.refused(this.#zxid);
    if (actual === 'expired') this.#model.expired();
    connection.end(actual);
  }

  /** Notes new requests, and checks the invariants, until nothing is left to answer. */
  async #look(): Promise<void> {
    do {
      this.#forgetDropped();
      this.#note();
      if (this.#doServersAnswer) this.#serve();
      await turn();
    } while (this.#doServersAnswer && this.#hasWork);
    this.#forgetDropped();
    this.#note();
    if (this.#violation) throw this.#violation;
    expect(this.violations.map(printViolation)).toEqual([]);
    this.#model.holdsNow(this.#stateSeen, this.#isOpen && !this.#isOver);
    expect(this.client.state).toBe(this.#stateSeen);
  }

  get #hasWork(): boolean {
    const connection = this.#connection;
    if (!connection || this.#isOver || connection.destroyed) return false;
    const isAnswered = this.#answered === connection.requests.items.length;
    return !this.#isOpen || !isAnswered || this.#pingsAnswered < connection.pings.items.length;
  }

  #serve(): void {
    const connection = this.#connection;
    if (!connection || this.#isOver) return;
    this.#open(connection, 3_000);
    while (!this.#isOver && this.#answered < connection.requests.items.length) this.#answer(connection, 0);
    while (!this.#isOver && this.#pingsAnswered < connection.pings.items.length) this.#answerPing(connection);
  }

  #forgetDropped(): void {
    if (this.#isOver || !this.#connection?.destroyed) return;
    this.#isOver = true;
    if (!this.#isOpen) return;
    this.#model.dropped();
  }

  /** Examines the requests sent since the last call. */
  #note(): void {
    this.#model.epochIs(this.client.epoch);
    const requests = this.#connection?.requests.items ?? [];
    if (requests.length > this.#noted) expect(this.#isOpen).toBe(true);
    for (const { name, frame } of requests.slice(this.#noted)) {
      if (name === 'setWatches') this.#model.armsFrom(frame.readBigInt64BE(ZXID_OF_SET_WATCHES));
      else if (name === 'create') this.#noteWrite(frame);
    }
    this.#noted = requests.length;
  }

  #noteWrite(frame: Buffer): void {
    const name = /write-\d+/.exec(frame.toString('latin1'))?.[0] ?? '';
    expect(this.#sentIn.has(name), 'a write that is sent twice').toBe(false);
    this.#sentIn.set(name, this.#model.sessionsLost);
    const call = this.#calls.find(({ what }) => what === name);
    expect(call?.sessionsLost, 'a write of another session').toBe(this.#model.sessionsLost);
  }

  #judge({ what, result }: Call): void {
    if (!result) expect.fail(`${what} never settles`);
    if (!('error' in result)) return;
    expect(what).not.toBe('close');
    expect(result.error).toBeInstanceOf(ZooKeeperError);
    const { message } = result.error as Error;
    const isUnsent = result.error instanceof SessionExpiredError || message.includes('nothing was sent');
    if (what.startsWith('write') && isUnsent) expect(this.#sentIn.has(what)).toBe(false);
  }
}

function answerTo({ name }: FakeRequest): unknown {
  if (name === 'exists') return STAT;
  return name === 'create' ? '/write' : undefined;
}
