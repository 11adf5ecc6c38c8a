import type { ClientState } from '../../index.js';
import { say } from './stderr-logger.js';

const GREEN = 32;
const YELLOW = 33;
const RED = 31;

/** The states that are told, in their colours. */
const COLOURS: Partial<Record<ClientState, number>> = {
  connecting: YELLOW,
  connected: GREEN,
  suspended: YELLOW,
  lost: RED,
};

/** Says where the client stands now, and since when. */
export function sayState(state: ClientState): void {
  const colour = COLOURS[state];
  if (colour === undefined) return;
  say(`${new Date().toISOString()} ${hasColours() ? `\x1b[${colour}m${state}\x1b[0m` : state}`);
}

/** NO_COLOR has the last word (no-color.org), then FORCE_COLOR. */
function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return process.stderr.isTTY && TERM !== 'dumb';
}
