import { SESSION } from '../../core/limits.js';
import { ServerCode } from '../../protocol/server-code.js';
import { keyOf } from './address-book.js';
import type { Link } from './link.js';

/** An operation that some servers do not have. By its names: the declaration needs none of the limits then. */
export type OptionalOperation =
  | 'setWatches'
  | 'removeWatches'
  | 'addWatch'
  | 'setWatches2'
  | 'multiRead'
  | 'whoAmI'
  | 'createContainer'
  | 'createTtl';

const hangUps: Readonly<Record<OptionalOperation, number>> = SESSION.hangUps;

/** Those that are sent for a call of the user alone: the client does not do without them. */
const CALLED: ReadonlySet<string> = new Set<OptionalOperation>(['whoAmI', 'createContainer', 'createTtl']);

/** The operation of a request, if the user calls it and some servers do not have it. */
export function calledOperation(name: string): OptionalOperation | undefined {
  return CALLED.has(name) ? (name as OptionalOperation) : undefined;
}

/** The experience with the server of one connection. */
export interface OperationExperience {
  /** Whether the operation may be sent. The caller sends it then, and reports the answer. */
  begin(operation: OptionalOperation): boolean;
  /** The server has answered. @param error its number, 0 for success */
  answered(operation: OptionalOperation, error: number): void;
}

/** The experience with one operation at one server. */
interface Experience {
  isKnown: boolean;
  /** Infinity unless the server counts as one that lacks it. */
  missingSince: number;
  /** The link over which it was sent and not answered yet. */
  asked: Link | null;
  /** The link over which the server has said that it lacks it. */
  refusedOver: Link | null;
  hangUps: number;
}

const none = (): Experience => ({
  isKnown: false,
  missingSince: Number.POSITIVE_INFINITY,
  asked: null,
  refusedOver: null,
  hangUps: 0,
});

/**
 * The operations that servers lack, by address. A server lacks one when it says so; or when each of the first few
 * connections over which it was sent ended without an answer, as servers that hang up on an unknown operation do. A
 * server that has once answered it has it: later connections then end for other reasons.
 *
 * An operation that users call is sent again after a while, and wherever that costs no connection.
 */
export class OptionalOperations {
  readonly #servers = new Map<string, Experience>();

  /** Whether the operation may be sent over the link. The caller sends it then, and reports the answer. */
  begin(operation: OptionalOperation, link: Link): boolean {
    const experience = this.#with(operation, link);
    if (experience.asked && experience.asked !== link) experience.hangUps += 1;
    experience.asked = null;
    if (experience.hangUps >= hangUps[operation] && !experience.isKnown) missing(experience);
    if (CALLED.has(operation) && mayBeTried(experience)) this.#servers.set(keyFor(operation, link), none());
    else if (experience.missingSince < Number.POSITIVE_INFINITY) return false;
    this.#with(operation, link).asked = link;
    return true;
  }

  /** The server has answered. @param error its number, 0 for success */
  answered(operation: OptionalOperation, link: Link, error: number): void {
    const experience = this.#with(operation, link);
    experience.asked = null;
    if (error !== ServerCode.UNIMPLEMENTED) experience.isKnown = true;
    else {
      missing(experience);
      experience.refusedOver = link;
    }
  }

  /** The experience with the server of the link. */
  of(link: Link): OperationExperience {
    return {
      begin: (operation) => this.begin(operation, link),
      answered: (operation, error) => this.answered(operation, link, error),
    };
  }

  #with(operation: OptionalOperation, link: Link): Experience {
    const key = keyFor(operation, link);
    const experience = this.#servers.get(key) ?? none();
    this.#servers.set(key, experience);
    return experience;
  }
}

function keyFor(operation: OptionalOperation, { target }: Link): string {
  return `${operation} ${keyOf(target)}`;
}

function missing(experience: Experience): void {
  experience.missingSince = Math.min(experience.missingSince, performance.now());
}

/** Whether an operation that was missing may be there by now, or is refused without the end of the connection. */
function mayBeTried({ missingSince, refusedOver }: Experience): boolean {
  if (performance.now() - missingSince > SESSION.missingFor) return true;
  return refusedOver !== null && refusedOver.endedAt - missingSince >= SESSION.hangUpWithin;
}
