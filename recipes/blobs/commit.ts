import type { Stat } from '../../lib/core/coordination-client.js';
import { codeOf, SessionExpiredError } from '../../lib/core/errors.js';
import { backoff } from '../../lib/core/retry.js';
import type { TransactionResult } from '../../lib/core/transaction.js';
import type { ZnodeTransaction } from '../../lib/core/transactional-client.js';
import { BLOBS } from './limits.js';
import { type Requests, UNANSWERED } from './requests.js';

/** When a transaction was made, by the server's clock and count. */
export type Moment = Pick<Stat, 'mzxid' | 'mtime'>;

/** The work of a transaction, as it follows from the reads before it. */
export interface Plan<T> {
  /** Adds the operations, one of which sets data. */
  addTo(transaction: ZnodeTransaction): void;
  /** The transaction was made. */
  done(moment: Moment): T;
}

/** A change of a blob that one transaction makes. */
export interface Change<T> {
  /** A name that nobody else uses. */
  readonly receipt: string;
  /** Reads, checks the conditions and plans. `null` when there is nothing to do. */
  plan(): Promise<Plan<T> | null>;
  /** A znode that the transaction depends on, so that it can be called off. */
  readonly guard?: {
    /** Whether the transaction may still be made. */
    stands(): Promise<boolean>;
    /** From now on it cannot be made, even if it is on its way. */
    remove(): Promise<void>;
  };
}

/** Codes of transactions that those of others have undone. */
const CONFLICTS: ReadonlySet<unknown> = new Set(['NO_NODE', 'NODE_EXISTS', 'BAD_VERSION', 'NOT_EMPTY']);

/**
 * Makes a change, and finds out whether it was made when the answer is lost: its transaction leaves a receipt, which is
 * removed once the answer has come.
 *
 * @returns the result of the plan; `null` when there was nothing to do.
 * @throws {@link SessionExpiredError} when the guard is gone, and nothing was changed.
 */
export async function commit<T>(requests: Requests, change: Change<T>): Promise<T | null> {
  const receipt = requests.layout.receipt(change.receipt);
  /** The plan of a transaction that may have been made. */
  let sent: Plan<T> | undefined;
  const madeAt = async (): Promise<Moment | null> => {
    if (sent === undefined) return null;
    const stat = await requests.exists(receipt);
    return stat && { mzxid: stat.czxid, mtime: stat.ctime };
  };
  const done = (plan: Plan<T>, moment: Moment): T => {
    void requests.remove(receipt).catch(() => {});
    return plan.done(moment);
  };
  try {
    for (let round = 1; ; round += 1) {
      const plan = await change.plan();
      if (!plan) {
        const moment = await madeAt();
        return sent && moment ? done(sent, moment) : null;
      }
      const outcome = await send(requests, plan, receipt).then(
        (moment) => ({ moment }),
        (error: unknown) => ({ error }),
      );
      if ('moment' in outcome) return done(plan, outcome.moment);
      const code = codeOf(outcome.error);
      if (UNANSWERED.has(code)) sent = plan;
      else if (!CONFLICTS.has(code) || round >= BLOBS.rivalRounds) throw outcome.error;
      await requests.sync();
      if (await change.guard?.stands()) {
        if (!sent) await giveWay(requests, round);
        continue;
      }
      const moment = await madeAt();
      if (sent && moment) return done(sent, moment);
      if (change.guard) throw new SessionExpiredError('the session was lost before the commit; nothing was changed');
      if (!sent) await giveWay(requests, round);
    }
  } catch (error) {
    if (sent === undefined) throw error;
    // This very change may be in its own way, or still be on its way to a server.
    await change.guard?.remove();
    const moment = await madeAt();
    if (!moment) throw error;
    return done(sent, moment);
  }
}

async function send<T>(requests: Requests, plan: Plan<T>, receipt: string): Promise<Moment> {
  const { client, options } = requests;
  const transaction = client.transaction();
  plan.addTo(transaction);
  transaction.create(receipt, '', { acl: [...options.acl] });
  return momentOf(await transaction.commit());
}

function momentOf(results: readonly TransactionResult[]): Moment {
  const set = results.find((result) => result.type === 'setData');
  return set?.type === 'setData' ? set.stat : { mzxid: 0n, mtime: 0 };
}

/** Others were faster: a random pause, so that they are not in each other's way for long. */
async function giveWay(requests: Requests, round: number): Promise<void> {
  // The shared znodes may be missing, which looks the same.
  if (round === 2) await requests.createRoots();
  await requests.pause(backoff(round, BLOBS.rivals));
}
