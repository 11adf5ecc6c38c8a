import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { nodeModule } from '../../../lib/core/node-module.js';
import { quote } from '../../../lib/core/validation.js';
import { BlobFileError } from '../errors.js';
import { fileModules, onFile, sizeOfFile, streamFile } from './files.js';
import type { ValueSource } from './value-source.js';

/** The source of a file, whatever the file then holds. */
export class FileSource implements ValueSource {
  readonly #file: string;

  /** @param file absolute */
  constructor(file: string) {
    this.#file = file;
  }

  size(): Promise<number> {
    return sizeOfFile(this.#file);
  }

  async open(isFleeting?: boolean): Promise<ReadableStream<Uint8Array>> {
    await this.size();
    return streamFile(this.#file, isFleeting);
  }
}

/** Removes the directories of sources that nobody has any more. */
const collected = new FinalizationRegistry<string>((directory) => {
  // Nobody waits for it. What cannot be removed is left to the system, as everything below its temporary directory is.
  remove(directory).catch(() => {});
});

async function remove(directory: string): Promise<void> {
  await fileModules().fs.rm(directory, { recursive: true, force: true });
}

/** The source of a file in a directory that it owns. */
export class TemporaryDirectorySource implements ValueSource {
  readonly #directory: string;
  readonly #file: string;
  #removal: Promise<void> | undefined;

  /** @param directory absolute @param file absolute, below the directory */
  constructor(directory: string, file: string) {
    this.#directory = directory;
    this.#file = file;
    collected.register(this, directory, this);
  }

  async size(): Promise<number> {
    this.#validate();
    return sizeOfFile(this.#file);
  }

  async open(isFleeting?: boolean): Promise<ReadableStream<Uint8Array>> {
    await this.size();
    const stream = streamFile(this.#file, isFleeting);
    // The directory stays while somebody has the stream.
    inUse.set(stream, this);
    return stream;
  }

  /** Removes the directory. */
  dispose(): Promise<void> {
    collected.unregister(this);
    this.#removal ??= onFile('remove', this.#directory, () => remove(this.#directory));
    return this.#removal;
  }

  #validate(): void {
    const file = this.#file;
    if (this.#removal) throw new BlobFileError(`cannot read ${file}: the value was disposed of`, { file });
  }
}

const inUse = new WeakMap<ReadableStream<Uint8Array>, TemporaryDirectorySource>();

/** Takes a directory over, which must be one of its own and have the file. */
export async function takeDirectory(directory: string, file: string): Promise<TemporaryDirectorySource> {
  const { fs, path } = fileModules();
  const [root, target] = await onFile('read', directory, () =>
    Promise.all([fs.realpath(directory), fs.realpath(path.resolve(directory, file))]),
  );
  const isWithin = (inner: string, outer: string): boolean => {
    const way = path.relative(outer, inner);
    return way === '' || !(way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way));
  };
  if (target === root || !isWithin(target, root)) {
    throw new InvalidArgumentError(`the file must be in the temporary directory, but is ${quote(file)}`);
  }
  for (const kept of [process.cwd(), nodeModule('node:os')?.homedir(), nodeModule('node:os')?.tmpdir()]) {
    if (kept === undefined || !isWithin(kept, root)) continue;
    throw new InvalidArgumentError(`the directory must be a temporary one, as it is removed, but is ${quote(root)}`);
  }
  await sizeOfFile(target);
  return new TemporaryDirectorySource(root, target);
}
