import type { Cancellable } from './attempts.js';
import type { Link } from './link.js';
import type { Scout } from './scout.js';

/** The phases of a session, each with the phases that may follow it. ARCHITECTURE.md has the same table. */
export const TRANSITIONS = {
  /** Nothing runs: `start()` was not called, or was given up. */
  latent: ['pausing', 'closed'],
  /** Waits for the next attempt. */
  pausing: ['opening', 'latent', 'closed'],
  /** One server was asked for the session: TCP, handshake, credentials. */
  opening: ['arming', 'ending', 'pausing', 'latent', 'closed'],
  /** The watches are being armed again; before that, a probe was asked what the ensemble has. */
  arming: ['connected', 'read-only', 'ending', 'pausing', 'latent', 'closed'],
  /** Every watch is armed, and requests are sent. */
  connected: ['ending', 'pausing', 'closed'],
  /** The same at a server that only reads. A scout looks for another one. */
  'read-only': ['arming', 'pausing', 'closed'],
  /** The server was asked to end the session. */
  ending: ['pausing', 'closed'],
  /** Final. */
  closed: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The name of a phase. */
export type PhaseName = keyof typeof TRANSITIONS;

/**
 * A phase with what it owns: leaving it clears its timer, and destroys its connections unless the next phase owns them.
 */
export type Phase =
  | { readonly name: 'latent' | 'closed'; readonly link: null }
  | { readonly name: 'pausing'; readonly link: null; readonly clock: Cancellable }
  | { readonly name: 'opening'; readonly link: Link; readonly clock: Cancellable }
  | { readonly name: 'read-only'; readonly link: Link; readonly scout: Scout }
  | { readonly name: 'arming' | 'connected' | 'ending'; readonly link: Link };

/**
 * Leaves one phase for another.
 *
 * @throws Error for a transition that is not in the table: a fault of this library, which must not go on from there.
 */
export function leave(phase: Phase, next: Phase): void {
  const followers: readonly string[] = TRANSITIONS[phase.name];
  if (!followers.includes(next.name)) throw new Error(`a session cannot go from ${phase.name} to ${next.name}`);
  if ('clock' in phase) phase.clock.cancel();
  if ('scout' in phase) phase.scout.cancel();
  if (phase.link !== next.link) phase.link?.destroy();
}
