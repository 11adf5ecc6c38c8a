import type { ClientState } from '../../index.js';
import { printDiagnostic } from './stderr.js';

const GREEN = 32;
const YELLOW = 33;
const RED = 31;

/** The states that are printed, in their colours. */
const COLOURS: Partial<Record<ClientState, number>> = {
  connecting: YELLOW,
  connected: GREEN,
  suspended: YELLOW,
  lost: RED,
};

/** Prints the client's new state, with the time. */
export function printState(state: ClientState): void {
  const colour = COLOURS[state];
  if (colour === undefined) return;
  printDiagnostic(`${new Date().toISOString()} ${hasColours() ? `\x1b[${colour}m${state}\x1b[0m` : state}`);
}

/** NO_COLOR takes precedence (no-color.org), then FORCE_COLOR. */
function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return process.stderr.isTTY && TERM !== 'dumb';
}
