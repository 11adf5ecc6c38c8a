import { fstatSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { codeOf } from '../core/errors.js';
import { COMMAND } from './limits.js';
import { toEscape, visible } from './visible.js';

const STDOUT = 1;
const LINE_FEED = 10;
/** Signs that JSON does not escape, and at which some readers end a line. */
const SEPARATORS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/** Whether the last text that was printed has no end of a line. */
let isMidLine = false;

/** A part of an output: whole lines, or data. */
export type Part = Buffer | string;

/**
 * Resolves when the system has accepted the text, so that a slow reader slows down the caller; with `false` when stdout
 * is closed.
 */
export function print(text: Part): Promise<boolean> {
  const last = text.at(-1);
  if (last !== undefined) isMidLine = last !== '\n' && last !== LINE_FEED;
  return new Promise((resolve) => {
    process.stdout.write(process.stdout.isTTY ? visible(String(text)) : text, (error) => resolve(!error));
  });
}

/** Ends a line that data has begun: a prompt would overwrite it. */
export function endLine(): void {
  if (isMidLine) process.stdout.write('\n');
  isMidLine = false;
}

/** Prints one line of JSON. */
export async function printJson(value: object): Promise<void> {
  await print(jsonLine(value));
}

/** Prints all parts, unless the signal aborts before. */
export async function printAll(parts: Iterable<Part>, signal: AbortSignal): Promise<void> {
  for await (const piece of inPieces(parts)) {
    if (signal.aborted) return;
    await print(piece);
  }
}

export function* jsonLines(objects: Iterable<object>): Generator<string> {
  for (const object of objects) yield jsonLine(object);
}

/** Joins lines, and lets the event loop turn after each piece. Data is a piece of its own. */
export async function* inPieces(parts: Iterable<Part>): AsyncGenerator<Part> {
  let lines = '';
  for (const part of parts) {
    if (typeof part === 'string') lines += part;
    if (typeof part === 'string' && lines.length < COMMAND.pieceLength) continue;
    if (lines !== '') yield lines;
    lines = '';
    if (typeof part !== 'string') yield part;
    await nextTurn();
  }
  if (lines !== '') yield lines;
}

/** Whether SIGPIPE can have ended a program because stdout, which it shares, has no reader. */
export function mayBeUnread(): boolean {
  const stats = fstatSync(STDOUT);
  // There is no way to ask a pipe for its readers without a write.
  if (stats.isFIFO()) return true;
  if (!stats.isSocket()) return false;
  try {
    writeSync(STDOUT, '');
    return false;
  } catch (error) {
    return codeOf(error) === 'EPIPE';
  }
}

export function jsonLine(value: object): string {
  return `${JSON.stringify(value).replaceAll(SEPARATORS, toEscape)}\n`;
}
