import assert from 'node:assert/strict';
import type { ClientState, CoordinationClient, WatchedEvent, Watcher } from '../../lib/core/coordination-client.js';
import { codeOf } from '../../lib/core/errors.js';
import { childOf } from '../../lib/core/paths.js';
import { soon } from '../../lib/core/soon.js';
import type { ConformanceEnvironment, ConformanceSubject } from './environment.js';

let stages = 0;

/** The client of one test, a znode of the test's own, and the means to wait. */
export class Stage {
  readonly environment: ConformanceEnvironment;
  readonly subject: ConformanceSubject;
  /** Exists, and is empty. */
  readonly path: string;

  private constructor(environment: ConformanceEnvironment, subject: ConformanceSubject, path: string) {
    this.environment = environment;
    this.subject = subject;
    this.path = path;
  }

  /** Runs a test, and closes its client. */
  static async run(environment: ConformanceEnvironment, test: (stage: Stage) => Promise<void>): Promise<void> {
    stages += 1;
    const name = `conformance-${process.pid}-${Date.now().toString(36)}-${stages}`;
    const path = await environment.other.create(childOf(environment.root ?? '/', name));
    const subject = await environment.connect();
    try {
      await test(new Stage(environment, subject, path));
    } finally {
      await subject.close();
    }
  }

  get client(): CoordinationClient {
    return this.subject.client;
  }

  get other(): CoordinationClient {
    return this.environment.other;
  }

  /** Ends the connection of the client, and perhaps that of the other client too. */
  readonly cut = async (): Promise<void> => {
    await this.subject.cut?.();
    await this.other.exists(this.path);
  };

  /** Ends the session of the client. */
  readonly expire = async (): Promise<void> => {
    await this.subject.expire?.();
    await this.other.exists(this.path);
  };

  /** A path below the test's znode. */
  readonly at = (name: string): string => childOf(this.path, name);

  /** Fails unless the promise settles in time. */
  async within<T>(promise: Promise<T>, what: string): Promise<T> {
    const patience = this.environment.patience ?? 10_000;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new assert.AssertionError({ message: `not within ${patience} ms: ${what}` }));
      timer = setTimeout(fail, patience);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Fails unless the promise rejects with the code. */
  readonly rejects = async (promise: Promise<unknown>, code: string, what: string): Promise<void> => {
    const outcome = await this.within(outcomeOf(promise), `${what} settles`);
    assert.equal(outcome.isFulfilled, false, `${what} must reject`);
    assert.equal(outcome.code, code, `${what} must reject with the code ${code}`);
  };

  /** Fails unless all settle in time, each with a value or with one of the codes. */
  async settle(outcomes: readonly Promise<Outcome>[], codes: readonly string[], what: string): Promise<void> {
    for (const { isFulfilled, code } of await this.within(Promise.all(outcomes), `${what} settle`)) {
      if (!isFulfilled)
        assert.ok(codes.includes(String(code)), `${what} rejected with ${code}, not ${codes.join(', ')}`);
    }
  }

  /** Waits until everything that a server has sent before now has come: the client answers a further read after it. */
  async settled(): Promise<void> {
    await this.other.exists(this.path);
    await this.within(this.client.exists(this.path), 'an answer of the client');
    await new Promise<void>((resolve) => setImmediate(() => soon(resolve)));
  }
}

/** How a promise has settled. */
export interface Outcome {
  readonly isFulfilled: boolean;
  readonly code?: unknown;
}

/** Never rejects. */
export function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  return promise.then(
    () => ({ isFulfilled: true }),
    (error: unknown) => ({ isFulfilled: false, code: codeOf(error) }),
  );
}

/** Keeps values, and awaits a state of them. */
export class Recording<T> {
  readonly items: T[] = [];
  readonly #stage: Stage;
  readonly #name: string;
  #changed: (() => void) | undefined;

  constructor(stage: Stage, name: string) {
    this.#stage = stage;
    this.#name = name;
  }

  readonly add = (item: T): void => {
    this.items.push(item);
    this.#changed?.();
  };

  async until(holds: (items: readonly T[]) => boolean, what: string): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.#changed = () => {
        if (holds(this.items)) resolve();
      };
      this.#changed();
    });
    const describe = (): string => `${what} of ${this.#name}; there were ${JSON.stringify(this.items.map(String))}`;
    try {
      await this.#stage.within(reached, what);
    } catch {
      assert.fail(describe());
    } finally {
      this.#changed = undefined;
    }
  }
}

/** The events of one watcher. */
export class WatcherRecord extends Recording<string> {
  readonly watcher: Watcher = ({ type, path }: WatchedEvent) => this.add(`${type} ${path}`);

  constructor(stage: Stage) {
    super(stage, 'the watcher');
  }

  /** Waits for the one event, and fails when there is another one. */
  async fires(event: string): Promise<void> {
    await this.until((items) => items.length > 0, `the event ${event}`);
    assert.deepEqual(this.items, [event]);
  }
}

/** Records the states that the client reports from now on. */
export function statesOf(stage: Stage): Recording<ClientState> {
  const states = new Recording<ClientState>(stage, 'the states');
  stage.client.on('state', (state) => states.add(state));
  return states;
}
