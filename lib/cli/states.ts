import type { ClientState, StateChange } from '../../index.js';
import { toHex } from '../core/to-hex.js';
import { jsonLine, print } from './output.js';
import { printDiagnostic } from './stderr.js';
import { UsageError } from './usage-error.js';

const GREEN = 32;
const YELLOW = 33;
const RED = 31;

/** The states that are printed, in their colours. */
const COLOURS: Partial<Record<ClientState, number>> = {
  connecting: YELLOW,
  connected: GREEN,
  'read-only': YELLOW,
  suspended: YELLOW,
  lost: RED,
};

/** Options about the states, of the commands that follow something. */
export const STATE_OPTIONS = {
  states: { type: 'boolean', default: false },
  quiet: { type: 'boolean', short: 'q', default: false },
} as const;

export const STATE_HELP = `  --states
      With --json: prints the client's states on stdout too, as objects with type "state",
      time, state, server, session and cause, and not on stderr.
  -q, --quiet
      Prints no states and no other reports of what goes well on stderr.`;

/** The values of {@link STATE_OPTIONS}, and of the option for JSON. */
export interface StateValues {
  readonly states: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Receives the states of a client. */
type StatePrinter = (state: ClientState, change: StateChange) => void;

/** Prints states on stderr, as lines of JSON on stdout, or not at all. */
export function statePrinter({ states, quiet, json }: StateValues): StatePrinter {
  if (states && !json) throw new UsageError('--states needs --json: without it the states are on stderr');
  if (states) return printStateObject;
  return quiet ? () => {} : printState;
}

/** Prints the client's new state, with the time. */
export function printState(state: ClientState): void {
  const colour = COLOURS[state];
  if (colour === undefined) return;
  printDiagnostic(`${new Date().toISOString()} `, hasColours() ? `\x1b[${colour}m${state}\x1b[0m` : state);
}

function printStateObject(state: ClientState, { server, sessionId, cause }: StateChange): void {
  if (COLOURS[state] === undefined) return;
  const line = jsonLine({
    type: 'state',
    time: new Date().toISOString(),
    state,
    server: server && `${server.host}:${server.port}`,
    session: sessionId === null ? null : toHex(sessionId),
    cause: cause?.message ?? null,
  });
  void print(line);
}

/** NO_COLOR takes precedence (no-color.org), then FORCE_COLOR. */
function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return process.stderr.isTTY && TERM !== 'dumb';
}
