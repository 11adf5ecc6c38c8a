import { validatePutOptions } from '../../../recipes/blobs/faces.js';
import type { PutOptions } from '../../../recipes/blobs/index.js';
import { JSON_OPTION, orUsageError } from '../arguments.js';
import { print, printJson } from '../output.js';
import { checkPositionals, parse } from '../parse.js';
import { Progress } from '../progress.js';
import { UsageError } from '../usage-error.js';
import { toJsonBlob } from './blob-info.js';
import { mediaTypeOf, toContent } from './content.js';
import { STORE_OPTIONS, toBlobId, toEtag, withStore } from './store-options.js';

export const OPTIONS = {
  ...STORE_OPTIONS,
  'media-type': { type: 'string' },
  meta: { type: 'string', multiple: true },
  'if-match': { type: 'string' },
  'if-none-match': { type: 'boolean', default: false },
  ...JSON_OPTION,
} as const;

/** Writes a blob, and prints its etag. */
export async function put(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['id', 'file']);
  const id = toBlobId(positionals[0]);
  const [, file = ''] = positionals;
  const options = toPutOptions(values, file);
  const progress = new Progress();
  const content = await toContent(file, progress);
  return withStore(values, async (store, signal) => {
    const info = await store.put(id, content, { ...options, signal }).finally(() => {
      progress.end();
      // The write may have failed before the end of stdin, which would keep the process alive.
      if (file === '-') process.stdin.destroy();
    });
    await (values.json ? printJson(toJsonBlob(info)) : print(`${info.etag}\n`));
  });
}

interface Values {
  readonly 'media-type'?: string;
  readonly meta?: readonly string[];
  readonly 'if-match'?: string;
  readonly 'if-none-match': boolean;
}

function toPutOptions(values: Values, file: string): PutOptions {
  const { 'media-type': mediaType = mediaTypeOf(file), meta, 'if-match': etag, 'if-none-match': isNew } = values;
  if (etag !== undefined && isNew) throw new UsageError('--if-match and --if-none-match exclude each other');
  const ifMatch = toEtag(etag);
  const options: PutOptions = {
    ...(mediaType !== undefined && { mediaType }),
    ...(meta && { meta: toMeta(meta) }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(isNew && { ifNoneMatch: '*' }),
  };
  orUsageError(() => validatePutOptions(options));
  return options;
}

function toMeta(texts: readonly string[]): Record<string, string> {
  const entries = texts.map((text): [string, string] => {
    const end = text.indexOf('=');
    if (end < 1) throw new UsageError('--meta must be a name, = and a value, such as --meta author=me');
    return [text.slice(0, end), text.slice(end + 1)];
  });
  return Object.fromEntries(entries);
}
