import type { DirectoryWatches } from './directory-watches.js';
import type { ByteText } from './file-names.js';
import type { Rests } from './rests.js';

/** The state that one look at a directory leaves behind for the next one. */
export interface FileState {
  readonly root: ByteText;
  readonly recurse: boolean;
  /** Whether files have a time of birth. */
  readonly hasBirth: boolean;
  readonly watches: DirectoryWatches;
  readonly rests: Rests;
  /** The number of names of files with several: they may be changed by a name that is elsewhere. */
  readonly links: Map<ByteText, bigint>;
  /** Files that had changed just before they were examined: until when a change may leave their times as they are. */
  readonly young: Map<ByteText, number>;
  /** Whether an entry is left out; missing when none is. */
  readonly ignores: ((key: ByteText) => boolean) | undefined;
}
