import { NoNodeError, NotEmptyError } from '../core/errors.js';
import { Fifo } from '../core/fifo.js';
import { CLIENT } from '../core/limits.js';
import { childOf } from '../core/paths.js';
import { deleteRequest, getChildrenRequest } from '../protocol/requests.js';
import { type BranchOperations, unless } from './branch-operations.js';

/**
 * Deletes a znode and all below it, children before their parents. Each znode is first deleted as if it had no
 * children; a refusal shows that it has some. Of the branch it holds the lists of children on the way down to where it
 * works, at a few places at once, and never the tree.
 */
export class BranchDeletion {
  readonly #client: BranchOperations;
  /** Requests that may still be sent. */
  #requestsLeft: number = CLIENT.deletion.requestsInFlight;
  readonly #waiting = new Fifo<() => void>();
  /** Branches that may still be entered beside those that are being deleted. */
  #branchesLeft: number = CLIENT.deletion.branchesAtOnce;
  /** The first failure. Nothing further is sent after it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(client: BranchOperations) {
    this.#client = client;
  }

  /** Rejects with the first failure, once no request is in flight any more. */
  async run(absolute: string): Promise<void> {
    await this.#delete(absolute);
    if (this.#failure) throw this.#failure.error;
  }

  async #delete(absolute: string): Promise<void> {
    try {
      if (!(await this.#isDeleted(absolute))) await this.#deleteBranch(absolute);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Deletes the children and then the znode; again when another client has created a child in between. */
  async #deleteBranch(absolute: string): Promise<void> {
    for (let round = 1; !this.#failure; round += 1) {
      await this.#deleteChildren(absolute);
      if (this.#failure || (await this.#isDeleted(absolute, round === CLIENT.rivalRounds))) return;
    }
  }

  async #deleteChildren(absolute: string): Promise<void> {
    const children = await this.#childrenOf(absolute);
    const names = children.values();
    let branches = Promise.resolve();
    const inParallel = async (child: string): Promise<void> => {
      this.#branchesLeft -= 1;
      await this.#deleteBranch(child);
      this.#branchesLeft += 1;
    };
    const inTurn = (child: string): Promise<void> => {
      branches = branches.then(() => this.#deleteBranch(child));
      return branches;
    };
    const work = async (): Promise<void> => {
      for (const name of names) {
        const child = childOf(absolute, name);
        if (this.#failure) return;
        if (await this.#isDeleted(child)) continue;
        await (this.#branchesLeft > 0 ? inParallel(child) : inTurn(child));
      }
    };
    const worker = (): Promise<void> =>
      work().catch((error) => {
        this.#failure ??= { error };
      });
    // All take from one list: the next name when they have done with one.
    const workers = Math.min(children.length, CLIENT.deletion.requestsInFlight);
    await Promise.all(Array.from({ length: workers }, worker));
  }

  /** Deletes a znode without children. @returns whether it is gone; `false` when it has children, unless that fails */
  async #isDeleted(absolute: string, mustBeEmpty = false): Promise<boolean> {
    const client = this.#client;
    const path = client.chroot.relative(absolute);
    // Deleting twice is harmless here, so each request has its attempts: what was done is not done again.
    const deletion = () => client.retry(() => client.write(deleteRequest(absolute, -1), path));
    try {
      await this.#inTurn(() => unless(NoNodeError, deletion()));
      return true;
    } catch (error) {
      if (mustBeEmpty || !(error instanceof NotEmptyError)) throw error;
      return false;
    }
  }

  async #childrenOf(absolute: string): Promise<readonly string[]> {
    const client = this.#client;
    const reading = () => client.read(getChildrenRequest(absolute, false), client.chroot.relative(absolute));
    const found = await this.#inTurn(() => unless(NoNodeError, reading()));
    return found?.children ?? [];
  }

  async #inTurn<T>(request: () => Promise<T>): Promise<T> {
    if (this.#requestsLeft === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#requestsLeft -= 1;
    try {
      if (this.#failure) throw this.#failure.error;
      return await request();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#requestsLeft += 1;
    }
  }
}
