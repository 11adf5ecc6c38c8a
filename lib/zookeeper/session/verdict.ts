import type { ServerName } from '../../core/coordination-client.js';
import type { ConnectionEnd } from '../connection/connection.js';
import { keyOf, type Target } from './address-book.js';

/** Whether the server, or the client, refused the other: by the credentials, or by TLS. */
export function isRefusal(kind: ConnectionEnd['kind']): boolean {
  return kind === 'auth-failed' || kind === 'tls-failed';
}

/** A refusal weighs so much when the server has said so; half when it only hung up, as a dying server does too. */
const SAID = 2;

/**
 * Decides whether attempts to get a first session are of use. They are not once each server has refused the client, at
 * one of its addresses; or one of them has refused the credentials, which are the same for all.
 */
export class Verdict {
  readonly #weights = new Map<string, number>();
  #areCredentialsRefused = false;

  /** An attempt, or the connection that it led to, has ended. */
  ended(target: Target, { kind, isAssumed = false }: ConnectionEnd): void {
    const key = keyOf(target);
    if (!isRefusal(kind)) this.#weights.delete(key);
    else this.#weights.set(key, (this.#weights.get(key) ?? 0) + (isAssumed ? SAID / 2 : SAID));
    this.#areCredentialsRefused = kind === 'auth-failed' && !isAssumed;
  }

  /** Whether the last refusal leaves no hope. @param targets those that are tried */
  isHopeless(servers: readonly ServerName[], targets: readonly Target[]): boolean {
    if (this.#areCredentialsRefused) return true;
    const refused = targets.filter((target) => (this.#weights.get(keyOf(target)) ?? 0) >= SAID);
    return servers.every(({ host, port }) => refused.some((target) => target.host === host && target.port === port));
  }

  /** Forgets the refusals. */
  clear(): void {
    this.#weights.clear();
  }
}
