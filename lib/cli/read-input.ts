import { sharedSession } from './shared-session.js';
import { UsageError } from './usage-error.js';

/** The data of a write from the command line; `-` reads all bytes of stdin. */
export async function toData(argument: string): Promise<Buffer> {
  if (argument !== '-') return Buffer.from(argument);
  refuseInShell();
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The stdin of a shell has its commands. @throws UsageError */
export function refuseInShell(): void {
  if (sharedSession.getStore()) throw new UsageError('in the shell, nothing can be read from stdin');
}
