import { validatePrefix } from '../../../recipes/blobs/faces.js';
import type { BlobFile, BlobStore, BlobWatch } from '../../../recipes/blobs/index.js';
import { CLIENT } from '../../core/limits.js';
import { JSON_OPTION, orUsageError, toMilliseconds } from '../arguments.js';
import { END_OPTIONS, toLimit } from '../follow-options.js';
import { jsonLine, print } from '../output.js';
import { checkPositionals, parse } from '../parse.js';
import { STATE_OPTIONS, statePrinter } from '../states.js';
import { printDiagnostic } from '../stderr.js';
import { untilStopped } from '../until-stopped.js';
import { printable, toJsonBlob } from './blob-info.js';
import { STORE_OPTIONS, toBlobId, withStore } from './store-options.js';

export const OPTIONS = {
  ...STORE_OPTIONS,
  ...JSON_OPTION,
  idle: { type: 'string' },
  ...END_OPTIONS,
  ...STATE_OPTIONS,
} as const;

interface Change {
  readonly type: 'created' | 'modified' | 'deleted';
  readonly id: string;
  readonly file: BlobFile | null;
}

/** Prints a change; resolves with `false` once the command is to end. */
type ChangePrinter = (change: Change) => Promise<boolean>;

interface WatchOptions {
  readonly signal: AbortSignal;
  readonly maxIdleTimeout: number;
}

/** Prints the changes of a blob, or of all blobs whose ids begin with a prefix. */
export async function watch(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, [], 1);
  const [id = ''] = positionals;
  const isPrefix = id === '' || id.endsWith('/');
  if (isPrefix) orUsageError(() => validatePrefix(id));
  else toBlobId(id);
  const maxIdleTimeout = toMilliseconds('idle', values.idle, 1) ?? Infinity;
  const onChange = changePrinter(values.json, toLimit(values));
  const onState = statePrinter(values);
  const begin = isPrefix ? watchAll : watchOne;
  return withStore(
    values,
    async (store, signal) => {
      const begun = begin(store, id, onChange, { signal, maxIdleTimeout });
      if (values.url !== undefined) begun.on('resynced', () => printDiagnostic(`${now()} resynced`));
      await untilStopped(begun, values.url === undefined ? {} : { within: CLIENT.connectTimeout });
    },
    onState,
  );
}

function watchAll(store: BlobStore, prefix: string, onChange: ChangePrinter, options: WatchOptions): BlobWatch {
  return store.watchAll(
    prefix,
    async (changes) => {
      for (const change of changes) if (!(await onChange(change))) return false;
      return true;
    },
    options,
  );
}

function watchOne(store: BlobStore, id: string, onChange: ChangePrinter, options: WatchOptions): BlobWatch {
  let wasThere = false;
  return store.watch(
    id,
    async (file) => {
      const type = file === null ? 'deleted' : wasThere ? 'modified' : 'created';
      const isNews = file !== null || wasThere;
      wasThere = file !== null;
      if (isNews) return onChange({ type, id, file });
      printDiagnostic(`${now()} there is no blob ${printable(id)}`);
      return true;
    },
    options,
  );
}

/** @param limit the number of changes after which the command ends */
function changePrinter(isJson: boolean, limit: number): ChangePrinter {
  let count = 0;
  return async ({ type, id, file }) => {
    const blob = file?.info ? toJsonBlob(file.info) : null;
    const line = isJson ? jsonLine({ type, time: now(), id, blob }) : `${type} ${printable(id)}\n`;
    await print(line);
    count += 1;
    return count < limit;
  };
}

function now(): string {
  return new Date().toISOString();
}
