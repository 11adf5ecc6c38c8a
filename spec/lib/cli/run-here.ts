import { Readable } from 'node:stream';
import { vi } from 'vitest';
import { runCommand } from '../../../lib/cli/run-command.js';
import { replaceProperty } from '../../../testing/replace-property.js';

/** The end of a command that ran in this process. */
export interface RunHere {
  readonly code: number;
  readonly bytes: Buffer;
  readonly output: string;
  readonly errors: readonly string[];
}

/** Runs `zk-recipes` in this process: a process of its own takes half a second. @param input stdin, or its content */
export async function runHere(args: readonly string[], input: Readable | Buffer | string = ''): Promise<RunHere> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const capture = (name: 'stdout' | 'stderr') =>
    vi.spyOn(process[name], 'write').mockImplementation(((chunk: Buffer | string, onWritten?: () => void) => {
      chunks[name].push(Buffer.from(chunk as Buffer));
      onWritten?.();
      return true;
    }) as typeof process.stdout.write);
  const captures = [capture('stdout'), capture('stderr')];
  const stdin =
    input instanceof Readable ? input : Readable.from(input.length > 0 ? [Buffer.from(input as Buffer)] : []);
  const restore = replaceProperty(process, 'stdin', stdin);
  try {
    const code = await runCommand(args);
    const [bytes, errors] = [Buffer.concat(chunks.stdout), String(Buffer.concat(chunks.stderr))];
    return { code, bytes, output: String(bytes), errors: errors.split('\n').filter((line) => line !== '') };
  } finally {
    restore();
    for (const each of captures) each.mockRestore();
  }
}
