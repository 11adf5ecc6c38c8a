import { createInterface } from 'node:readline';
import { refuseInShell } from './read-input.js';
import { printDiagnostic } from './stderr.js';
import { UsageError } from './usage-error.js';

/** A line of stdin. */
export interface JsonInput {
  /** From 1. */
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads lines of JSON from stdin, one at a time; empty lines are left out. @throws UsageError */
export async function* readJsonLines(signal?: AbortSignal): AsyncGenerator<JsonInput> {
  refuseInShell();
  if (process.stdin.isTTY) printDiagnostic('reads lines of JSON from the terminal, until Ctrl-D');
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity, ...(signal && { signal }) });
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== '') yield { line, fields: toFields(text, line) };
  }
}

/** Nothing of the line is shown: it may have a secret in it. */
function toFields(text: string, line: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UsageError(`line ${line} of stdin is not an object of JSON: each line must be one`);
}

/** The error for a line whose fields are wrong. */
export function wrongLine(line: number, message: string): UsageError {
  return new UsageError(`line ${line} of stdin: ${message}`);
}

/** The bytes of the fields data and encoding, as the command prints them. @throws UsageError */
export function toBytes({ line, fields }: JsonInput): Buffer {
  const { data, encoding } = fields;
  if (data === undefined || data === null) return Buffer.alloc(0);
  if (typeof data !== 'string') throw wrongLine(line, 'data must be a string');
  if (encoding === undefined || encoding === 'utf8') return Buffer.from(data);
  if (encoding !== 'base64') throw wrongLine(line, 'encoding must be utf8 or base64');
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data) throw wrongLine(line, 'data is not base64, as encoding says');
  return bytes;
}
