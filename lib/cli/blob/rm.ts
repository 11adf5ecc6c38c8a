import { validateIfMatch } from '../../../recipes/blobs/faces.js';
import { orUsageError } from '../arguments.js';
import { checkPositionals, parse } from '../parse.js';
import { notFound } from './blob-info.js';
import { STORE_OPTIONS, toBlobId, toEtag, withStore } from './store-options.js';

export const OPTIONS = { ...STORE_OPTIONS, 'if-match': { type: 'string' } } as const;

/** Deletes a blob. */
export async function rm(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['id']);
  const id = toBlobId(positionals[0]);
  const ifMatch = toEtag(values['if-match']);
  orUsageError(() => validateIfMatch(ifMatch));
  return withStore(values, async (store) => {
    // A mistyped id must not look deleted.
    if (!(await store.delete(id, ifMatch === undefined ? {} : { ifMatch }))) throw notFound(id);
  });
}
