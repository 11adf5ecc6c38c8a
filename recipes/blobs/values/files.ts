import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { nodeModule } from '../../../lib/core/node-module.js';
import { reasonOf } from '../../../lib/core/reason.js';
import { BlobFileError } from '../errors.js';
import { chunksOf, streamOf } from './byte-streams.js';
import { VALUES } from './limits.js';

/** The modules for files. */
export function fileModules(): { fs: typeof import('node:fs/promises'); path: typeof import('node:path') } {
  const [fs, path] = [nodeModule('node:fs/promises'), nodeModule('node:path')];
  if (fs && path) return { fs, path };
  throw new InvalidArgumentError('there are no files in a browser: use bytes, a web Blob or a URL');
}

/** Runs an operation on a file. An error of the system becomes the cause of one that names the file. */
export async function onFile<T>(action: string, file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new BlobFileError(`cannot ${action} ${file}: ${reasonOf(error)}`, { file, cause: error });
  }
}

/** The length of a file. Rejects for whatever is no file. */
export async function sizeOfFile(file: string): Promise<number> {
  const { fs } = fileModules();
  const stat = await onFile('read', file, () => fs.stat(file));
  if (!stat.isFile()) throw new BlobFileError(`cannot read ${file}: it is no file`, { file });
  return stat.size;
}

/** A stream of a file, which is opened when it is first read. @param isFleeting whether all chunks share memory */
export function streamFile(file: string, isFleeting = false): ReadableStream<Uint8Array> {
  const { fs } = fileModules();
  const shared = isFleeting ? new Uint8Array(VALUES.fileChunk) : undefined;
  let opened: Promise<import('node:fs/promises').FileHandle> | undefined;
  return streamOf({
    next: () =>
      onFile('read', file, async () => {
        opened ??= fs.open(file);
        const handle = await opened;
        const { bytesRead, buffer } = await handle.read(shared ?? new Uint8Array(VALUES.fileChunk));
        return bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
      }),
    end: async () => (await opened?.catch(() => undefined))?.close(),
  });
}

/** Writes a stream to a file, which appears whole or not at all: a file beside it is renamed at the end. */
export async function saveStream(stream: ReadableStream<Uint8Array>, file: string): Promise<void> {
  const { fs } = fileModules();
  const unique = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join('');
  const temporary = `${file}.${unique}.tmp`;
  const chunks = chunksOf(stream);
  try {
    const handle = await onFile('write', file, () => fs.open(temporary, 'wx'));
    try {
      for await (const chunk of chunks) await onFile('write', file, () => fs.writeFile(handle, chunk));
      await onFile('write', file, () => handle.sync());
    } finally {
      await handle.close();
    }
    await onFile('write', file, () => fs.rename(temporary, file));
  } catch (error) {
    await chunks.return();
    // A loop that has not begun does not let go of it.
    if (!stream.locked) await stream.cancel().catch(() => {});
    await fs.rm(temporary, { force: true });
    throw error;
  }
}
