import { NameResolver } from '../lib/zookeeper/session/name-resolver.js';

/** The look-ups of names, which a spec answers. */
export class FakeLookup {
  readonly resolver = new NameResolver((name, done) => {
    this.names.push(name);
    this.#pending.push({ name, done });
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#pending.length);
    this.onLookup(name);
  });
  /** Every name that was looked up, in order. */
  readonly names: string[] = [];
  /** Called with each name as it is looked up. */
  onLookup: (name: string) => void = () => {};
  readonly #pending: { name: string; done: (error: Error | null, addresses: readonly string[]) => void }[] = [];
  #mostAtOnce = 0;

  /** The names whose look-up is unanswered. */
  get pending(): readonly string[] {
    return this.#pending.map(({ name }) => name);
  }

  /** How many look-ups were unanswered at the same time, at most. */
  get mostAtOnce(): number {
    return this.#mostAtOnce;
  }

  answer(name: string, ...addresses: readonly string[]): void {
    this.#take(name)(null, addresses);
  }

  fail(name: string, code = 'ENOTFOUND'): void {
    this.#take(name)(Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }), []);
  }

  #take(name: string): (error: Error | null, addresses: readonly string[]) => void {
    const at = this.#pending.findIndex((question) => question.name === name);
    const [question] = at < 0 ? [] : this.#pending.splice(at, 1);
    if (!question) throw new Error(`${name} is not being looked up; ${this.pending.join(', ') || 'nothing'} is`);
    return question.done;
  }
}
