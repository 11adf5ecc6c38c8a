import { SESSION } from '../../core/limits.js';
import { ServerCode } from '../../protocol/server-code.js';
import { keyOf } from './address-book.js';
import type { Link } from './link.js';

/** An operation that the client can do without, and that some servers do not have. */
export type OptionalOperation = keyof typeof SESSION.hangUps;

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
  isMissing: boolean;
  /** The link over which it was sent and not answered yet. */
  asked: Link | null;
  hangUps: number;
}

/**
 * The operations that servers lack, by address. A server lacks one when it says so; or when each of the first few
 * connections over which it was sent ended without an answer, as servers that hang up on an unknown operation do. A
 * server that has once answered it has it: later connections then end for other reasons.
 */
export class OptionalOperations {
  readonly #servers = new Map<string, Experience>();

  /** Whether the operation may be sent over the link. The caller sends it then, and reports the answer. */
  begin(operation: OptionalOperation, link: Link): boolean {
    const experience = this.#with(operation, link);
    if (experience.asked && experience.asked !== link) experience.hangUps += 1;
    experience.asked = null;
    if (experience.hangUps >= SESSION.hangUps[operation] && !experience.isKnown) experience.isMissing = true;
    if (experience.isMissing) return false;
    experience.asked = link;
    return true;
  }

  /** The server has answered. @param error its number, 0 for success */
  answered(operation: OptionalOperation, link: Link, error: number): void {
    const experience = this.#with(operation, link);
    experience.asked = null;
    if (error === ServerCode.UNIMPLEMENTED) experience.isMissing = true;
    else experience.isKnown = true;
  }

  /** The experience with the server of the link. */
  of(link: Link): OperationExperience {
    return {
      begin: (operation) => this.begin(operation, link),
      answered: (operation, error) => this.answered(operation, link, error),
    };
  }

  #with(operation: OptionalOperation, { target }: Link): Experience {
    const key = `${operation} ${keyOf(target)}`;
    const experience = this.#servers.get(key) ?? { isKnown: false, isMissing: false, asked: null, hangUps: 0 };
    this.#servers.set(key, experience);
    return experience;
  }
}
