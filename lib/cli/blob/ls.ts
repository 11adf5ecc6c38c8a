import { validatePrefix } from '../../../recipes/blobs/faces.js';
import type { BlobInfo } from '../../../recipes/blobs/index.js';
import { JSON_OPTION, orUsageError } from '../arguments.js';
import { jsonLine, printAll } from '../output.js';
import { checkPositionals, parse } from '../parse.js';
import { printable, toJsonBlob } from './blob-info.js';
import { STORE_OPTIONS, withStore } from './store-options.js';

export const OPTIONS = { ...STORE_OPTIONS, ...JSON_OPTION } as const;

/** Prints the descriptions of blobs. */
export async function ls(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, [], 1);
  const [prefix = ''] = positionals;
  orUsageError(() => validatePrefix(prefix));
  return withStore(values, async (store, signal) => {
    const infos: BlobInfo[] = [];
    for await (const info of store.list(prefix)) infos.push(info);
    await printAll(values.json ? jsonLines(infos) : lines(infos), signal);
  });
}

function* jsonLines(infos: readonly BlobInfo[]): Generator<string> {
  for (const info of infos) yield jsonLine(toJsonBlob(info));
}

/** In columns, which are as wide as the widest entry. */
function* lines(infos: readonly BlobInfo[]): Generator<string> {
  const [sizes, types] = [infos.map(({ size }) => `${size}`.length), infos.map(({ mediaType }) => mediaType.length)];
  const widest = (lengths: readonly number[]): number => lengths.reduce((most, length) => Math.max(most, length), 0);
  const [size, type] = [widest(sizes), widest(types)];
  for (const each of infos) {
    const modified = each.modified.toISOString().replace(/\.\d+/, '');
    yield `${`${each.size}`.padStart(size)}  ${modified}  ${each.mediaType.padEnd(type)}  ${printable(each.id)}\n`;
  }
}
