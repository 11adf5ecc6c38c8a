import { printViolation, type Rule, type Violation } from '../../oracle/rules.js';
import { Trouble } from './trouble.js';

/** How many lines a log keeps. */
const KEPT = 25;
/** How many violations are printed in full. */
const PRINTED = 5;

interface Line {
  readonly at: number;
  readonly text: string;
}

/** The latest events of one participant. */
export class Log {
  readonly #name: string;
  #lines: Line[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  add(text: string): void {
    this.#lines.push({ at: performance.now(), text: `${this.#name}: ${text}` });
    if (this.#lines.length > 2 * KEPT) this.#lines = this.#lines.slice(-KEPT);
  }

  get lines(): readonly Line[] {
    return this.#lines.slice(-KEPT);
  }
}

/** The longest of some durations, in ms. */
class Longest {
  #ms = 0;
  #what = '';

  note(ms: number, what: string): void {
    if (ms <= this.#ms) return;
    this.#ms = ms;
    this.#what = what;
  }

  get ms(): number {
    return this.#ms;
  }

  toString(): string {
    return this.#ms === 0 ? 'none' : `${Math.round(this.#ms)} ms (${this.#what})`;
  }
}

/** Counts the events of a run, and keeps the story of each violation. */
export class Chronicle {
  readonly #start = performance.now();
  readonly faults = new Map<string, number>();
  readonly faultLog = new Log('FAULT');
  /** Interventions that the servers needed to recover. */
  readonly help: string[] = [];
  changes = 0;
  calls = 0;
  probes = 0;
  reconnections = 0;
  sessionsLost = 0;
  quietPoints = 0;
  violations = 0;
  /** The TLS that the proxies have seen, and nothing else; `null` without TLS. */
  secured: { readonly connections: number; readonly bytes: number } | null = null;
  readonly stories: string[] = [];
  readonly brokenRules = new Set<Rule>();
  /** Contradictions between the servers, looked for once a rule is broken. */
  serversDisagree: readonly string[] = [];
  /** From a change to its delivery: without any active fault; and while connected, under any fault. */
  readonly calm = new Longest();
  readonly connected = new Longest();
  /** From the connection's return to the delivery of an earlier change, under any other fault. */
  readonly returned = new Longest();
  /** From the return of the connection and the end of the faults to the delivery of an earlier change. */
  readonly recovered = new Longest();
  /** From the end of all faults and writes until every watch had the final state. */
  readonly convergence = new Longest();
  /** When the last fault ended; Infinity while one is active. */
  calmSince = performance.now();
  readonly trouble = new Trouble();
  /** When this process's event loop was last blocked on purpose. */
  blockedUntil = 0;

  injected(kind: string, text: string): void {
    this.calmSince = Number.POSITIVE_INFINITY;
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    this.faultLog.add(`${kind} ${text}`);
  }

  /** The servers did not recover on their own. */
  helped(what: string): void {
    this.help.push(what);
    this.trouble.begin(false)();
    this.faultLog.add(what);
  }

  /**
   * @param violation of a rule about calls, or of another expectation of the run
   * @param logs of the participants
   */
  violation(violation: Violation | string, ...logs: readonly Log[]): void {
    this.violations += 1;
    const what = typeof violation === 'string' ? violation : printViolation(violation);
    if (typeof violation !== 'string') this.brokenRules.add(violation.rule);
    if (this.stories.length >= PRINTED) return;
    const lines = [this.faultLog, ...logs].flatMap((log) => log.lines).sort((a, b) => a.at - b.at);
    const story = [...lines, { at: performance.now(), text: `VIOLATION: ${what}` }];
    this.stories.push(story.map(({ at, text }) => `${this.#time(at)} ${text}`).join('\n'));
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1_000;
  }

  get faultCount(): number {
    return [...this.faults.values()].reduce((sum, count) => sum + count, 0);
  }

  summary(): string {
    const faults = [...this.faults].sort().map(([kind, count]) => `${kind} ${count}`);
    return [
      `${this.seconds.toFixed(0)} s`,
      `faults ${this.faultCount} (${faults.join(', ')})`,
      `changes ${this.changes}`,
      `calls ${this.calls}`,
      `requests ${this.probes}`,
      `reconnections ${this.reconnections}`,
      `sessions lost ${this.sessionsLost}`,
      `quiet points ${this.quietPoints}`,
      ...(this.secured ? [`TLS connections ${this.secured.connections} with ${this.secured.bytes} bytes`] : []),
      `violations ${this.violations}`,
      ...(this.help.length > 0 ? [`${this.help.length} times: ${[...new Set(this.help)]}`] : []),
      `longest from change to delivery: connected and no fault ${this.calm}; connected ${this.connected}`,
      `after the connection's return ${this.returned}`,
      `after its return and the end of the faults ${this.recovered}`,
      `longest to the final state ${this.convergence}`,
    ].join(' | ');
  }

  #time(at: number): string {
    return `${((at - this.#start) / 1_000).toFixed(3).padStart(9)}`;
  }
}
