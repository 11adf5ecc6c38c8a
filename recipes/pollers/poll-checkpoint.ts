import { InvalidCheckpointError } from '../../lib/core/errors.js';
import {
  ByteReader,
  type ByteWriter,
  MalformedBytes,
  SharedTextReader,
  SharedTextWriter,
  seal,
  unseal,
} from '../changes/index.js';
import type { KnownEntries, KnownEntry } from './source.js';

/** The parts of a checkpoint of a poller. */
export interface PollState {
  /** Of the source, without the password. */
  readonly url: string;
  /** Of the source's last answer. */
  readonly mark: string;
  readonly known: KnownEntries;
}

const SEAL = { magic: 'zkpl', version: 1 } as const;
const DIRECTORY = 1;

/**
 * The format: `zkpl`, version, URL, mark, number of entries; for each entry key, id and version, each by what it shares
 * with that of the entry before, and a byte of flags; and the CRC-32 of all that.
 */
export function encodePollState({ url, mark, known }: PollState): Buffer {
  return seal(SEAL, (writer) => {
    writer.text(url);
    writer.text(mark);
    writeEntries(writer, known);
  });
}

function writeEntries(writer: ByteWriter, known: KnownEntries): void {
  writer.count(known.size);
  const [keys, ids, versions] = [writer, writer, writer].map((each) => new SharedTextWriter(each)) as [
    SharedTextWriter,
    SharedTextWriter,
    SharedTextWriter,
  ];
  for (const [key, { id, version, isDirectory }] of known) {
    keys.write(key);
    ids.write(id);
    versions.write(version);
    writer.byte(isDirectory ? DIRECTORY : 0);
  }
}

/**
 * Reads a checkpoint of a poller.
 *
 * @throws {@link InvalidCheckpointError} unless the bytes are one, and of this URL.
 */
export function decodePollState(bytes: Uint8Array, url: string): PollState & { known: Map<string, KnownEntry> } {
  const state = unseal(bytes, SEAL, readState);
  if (state.url === url) return state;
  throw new InvalidCheckpointError(`since is a checkpoint of ${state.url}, not of ${url}: start without one`);
}

function readState(content: Buffer, at: number): PollState & { known: Map<string, KnownEntry> } {
  const reader = new ByteReader(content, at);
  const url = reader.text();
  const mark = reader.text();
  const known = new Map<string, KnownEntry>();
  // Believed only as far as there are bytes.
  const size = reader.count();
  const [keys, ids, versions] = [
    new SharedTextReader(reader),
    new SharedTextReader(reader),
    new SharedTextReader(reader),
  ];
  for (let index = 0; index < size; index += 1) {
    const key = keys.read();
    known.set(key, { id: ids.read(), version: versions.read(), isDirectory: reader.byte() === DIRECTORY });
  }
  if (known.size !== size || reader.at !== content.length) throw new MalformedBytes();
  return { url, mark, known };
}
