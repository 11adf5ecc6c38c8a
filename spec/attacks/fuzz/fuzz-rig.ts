import type { ClientState } from '../../../lib/core/coordination-client.js';
import { ZooKeeperError } from '../../../lib/core/errors.js';
import type { Logger } from '../../../lib/core/logger.js';
import type { Rule } from '../../oracle/rules.js';
import { reportedToLogger } from '../../oracle/thrown-errors.js';
import type { Lie } from './lies.js';
import type { Stage } from './stage.js';

/** The session timeout that the client asks for, in ms. */
export const TIMEOUT = 2_000;

/** What the users and the oracle of one case share: the stage, the log, the promises and the violations. */
export class FuzzRig {
  readonly stage: Stage;
  /** The lies that went out and that no client could know for one. */
  readonly lies: ReadonlySet<Lie>;
  readonly violations: string[] = [];
  /** Lines of the log at info and above. */
  readonly lines: string[] = [];
  readonly #pending = new Map<object, string>();

  constructor(stage: Stage, lies: ReadonlySet<Lie>) {
    this.stage = stage;
    this.lies = lies;
  }

  /** The promises that were handed out and have not settled. */
  get pending(): readonly string[] {
    return [...this.#pending.values()];
  }

  readonly logger: Logger = {
    debug: (details, message) => this.stage.trace(() => `debug: ${message} ${describe(details)}`),
    info: (details, message) => this.#log('info', details, message),
    warn: (details, message) => this.#log('warn', details, message),
    error: (details, message) => {
      if (!reportedToLogger((details as { err?: unknown }).err)) this.#log('error', details, message);
    },
  };

  fail(message: string, rule?: Rule): void {
    const line = rule ? `[${rule}] ${message}` : message;
    this.stage.trace(() => `VIOLATION: ${line}`);
    this.violations.push(line);
  }

  require(holds: boolean, message: () => string): void {
    if (!holds) this.fail(message());
  }

  stateChanged(state: ClientState): void {
    this.stage.trace(() => `the client is ${state}`);
  }

  /** Tracks a promise until it settles: with a value or with a typed error. */
  await<T>(label: string, promise: Promise<T>, settled: (value: T | undefined, error: unknown) => void = () => {}) {
    const key = {};
    this.#pending.set(key, `${label} (since ${this.stage.clock.now.toFixed(0)})`);
    const done = (value: T | undefined, error: unknown) => {
      this.#pending.delete(key);
      settled(value, error);
    };
    promise.then(
      (value) => done(value, undefined),
      (error: unknown) => {
        this.stage.trace(() => `${label} rejects: ${error}`);
        if (!(error instanceof ZooKeeperError)) this.fail(`${label} rejects with an error without a type: ${error}`);
        done(undefined, error);
      },
    );
  }

  #log(level: string, details: object, message: string): void {
    this.stage.trace(() => `${level}: ${message} ${describe(details)}`);
    this.lines.push(`${level}: ${message}`);
  }
}

function describe(details: object): string {
  const { err } = details as { err?: unknown };
  return err instanceof Error ? `(${err.message})` : '';
}
