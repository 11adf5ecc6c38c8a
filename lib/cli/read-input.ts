import { fstatSync } from 'node:fs';
import { onAbort } from '../core/abort.js';
import { codeOf } from '../core/errors.js';
import { WIRE } from '../core/limits.js';
import { CommandError } from './command-error.js';
import { sharedSession } from './shared-session.js';
import { UsageError } from './usage-error.js';

const STDIN = 0;

/** The data of a write from the command line; `-` reads all bytes of stdin. */
export async function toData(argument: string, signal: AbortSignal): Promise<Buffer> {
  // Node has put it in the place of bytes that are not UTF-8.
  if (argument.includes('\ufffd')) throw new UsageError('the data has U+FFFD, or is no text: give it by stdin, with -');
  if (argument !== '-') return Buffer.from(argument);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readStdin(signal)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > WIRE.longestRequest) throw new CommandError(`stdin has more bytes than a znode: ${WIRE.longestRequest}`);
  }
  return Buffer.concat(chunks);
}

/**
 * The bytes of stdin.
 *
 * @param signal ends the reading
 * @throws UsageError in a shell, CommandError when stdin cannot be read
 */
export function readStdin(signal?: AbortSignal): AsyncGenerator<Buffer, void> {
  refuseInShell();
  const stats = fstatSync(STDIN);
  // To Node they are empty.
  if (stats.isDirectory() || stats.isBlockDevice()) throw unreadable('it is a directory or a device');
  return pieces(signal);
}

async function* pieces(signal: AbortSignal | undefined): AsyncGenerator<Buffer, void> {
  const { stdin } = process;
  const letGo = onAbort(signal, () => stdin.destroy());
  try {
    for await (const piece of stdin) yield piece;
  } catch (error) {
    throw unreadable(String(codeOf(error) ?? 'unknown'), error);
  } finally {
    letGo();
  }
}

/** The stdin of a shell has its commands. @throws UsageError */
function refuseInShell(): void {
  if (sharedSession.getStore()) throw new UsageError('in the shell, nothing can be read from stdin');
}

function unreadable(reason: string, cause?: unknown): CommandError {
  return new CommandError(`stdin cannot be read (${reason})`, { cause });
}
