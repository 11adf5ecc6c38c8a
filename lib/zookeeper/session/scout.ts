import { Deadline } from '../../core/deadline.js';
import { SESSION } from '../../core/limits.js';
import { backoff } from '../../core/retry.js';
import type { Attempts, Cancellable } from './attempts.js';
import { Link } from './link.js';
import type { Tenure } from './tenure.js';

/**
 * Looks for a server of the quorum, while a server without one is read. Only a handshake shows which of them a server
 * is: without a quorum it hangs up on a client that wants to write.
 */
export class Scout implements Cancellable {
  /** The connection that is being tried. */
  link: Link | null = null;
  readonly #attempts: Pick<Attempts, 'scouted' | 'patience' | 'isListed'>;
  readonly #tenure: Pick<Tenure, 'credentials'>;
  readonly #connect: (link: Link) => void;
  #tries = 0;
  #pause: NodeJS.Timeout | undefined;
  #deadline: Deadline | undefined;

  /** @param connect opens the connection of a try, for the session in the ensemble */
  constructor(
    attempts: Pick<Attempts, 'scouted' | 'patience' | 'isListed'>,
    tenure: Pick<Tenure, 'credentials'>,
    connect: (link: Link) => void,
  ) {
    this.#attempts = attempts;
    this.#tenure = tenure;
    this.#connect = connect;
    this.#waitForNext();
  }

  /** The try has failed. */
  failed(): void {
    this.#letGo();
    this.#waitForNext();
  }

  /** The servers were replaced: a try goes on only at one that is still among them. */
  serversChanged(): void {
    if (this.link && !this.#attempts.isListed(this.link.target)) this.failed();
  }

  /** The try has led to a server of the quorum. The connection has another owner from now on. */
  handOver(): void {
    this.link = null;
    this.#letGo();
  }

  cancel(): void {
    clearTimeout(this.#pause);
    this.#letGo();
  }

  #waitForNext(): void {
    const { maxDelayWithoutSession, ...scouting } = SESSION.scouting;
    const maxDelay = this.#tenure.credentials ? scouting.maxDelay : maxDelayWithoutSession;
    this.#pause = setTimeout(() => this.#try(), backoff(this.#tries + 1, { ...scouting, maxDelay }));
  }

  #try(): void {
    const target = this.#attempts.scouted(this.#tries);
    this.#tries += 1;
    if (!target || target.address === null) return this.#waitForNext();
    this.link = new Link(target);
    this.#deadline = new Deadline(this.#attempts.patience, () => this.failed());
    this.#connect(this.link);
  }

  #letGo(): void {
    this.#deadline?.cancel();
    this.link?.destroy();
    this.link = null;
  }
}
