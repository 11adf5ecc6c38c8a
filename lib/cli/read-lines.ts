import { isUtf8 } from 'node:buffer';
import { readStdin } from './read-input.js';
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
  const bytes = readStdin(signal);
  if (process.stdin.isTTY) printDiagnostic('reads lines of JSON from the terminal, until Ctrl-D');
  let line = 0;
  for await (const content of linesOf(bytes)) {
    line += 1;
    if (!isUtf8(content)) throw wrongLine(line, 'it is not UTF-8');
    const text = String(content);
    if (text.trim() !== '') yield { line, fields: toFields(text, line) };
  }
}

/** Ends lines at line feeds alone: JSON may have the other separators of Unicode in a string. */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      yield Buffer.concat([...begun, piece.subarray(start, end)]);
      begun = [];
      start = end + 1;
    }
    if (start < piece.length) begun.push(piece.subarray(start));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
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
  if (encoding === undefined || encoding === 'utf8') {
    const bytes = Buffer.from(data);
    if (String(bytes) === data) return bytes;
    throw wrongLine(line, 'data has half of a surrogate pair, which is no text');
  }
  if (encoding !== 'base64') throw wrongLine(line, 'encoding must be utf8 or base64');
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data) throw wrongLine(line, 'data is not base64, as encoding says');
  return bytes;
}
