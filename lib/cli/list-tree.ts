import { toJsonStat } from './json.js';
import { jsonLine, jsonLines, print, printAll } from './output.js';
import { reportGaps } from './report-gaps.js';
import { type ListedZnode, type ListingClient, TreeListing } from './tree-listing.js';

/** How a tree is listed. */
interface ListingOptions {
  readonly isJson: boolean;
  /** Only ephemeral znodes. */
  readonly isEphemeral?: boolean;
  /** Only the number of znodes. */
  readonly isTotal?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Prints a znode and all below it.
 *
 * @throws the error of reading the znode itself; CommandError after the rest, when others may not be read
 */
export async function listTree(
  client: ListingClient,
  path: string,
  { isJson, isEphemeral = false, isTotal = false, signal }: ListingOptions,
): Promise<void> {
  const listing = await TreeListing.read(client, path);
  const znodes = { [Symbol.iterator]: () => (isEphemeral ? ephemerals(listing) : listing[Symbol.iterator]()) };
  if (isTotal) await printTotal(path, znodes, isJson);
  else await printAll(isJson ? jsonLines(objects(znodes)) : paths(znodes), signal);
  signal.throwIfAborted();
  reportGaps(listing, 'listing', 'so that nothing below them is listed');
}

async function printTotal(path: string, znodes: Iterable<ListedZnode>, isJson: boolean): Promise<void> {
  let total = 0;
  for (const _ of znodes) total += 1;
  await print(isJson ? jsonLine({ path, total }) : `${total}\n`);
}

function* ephemerals(listing: TreeListing): Generator<ListedZnode> {
  for (const znode of listing) if (znode.stat && znode.stat.ephemeralOwner !== 0n) yield znode;
}

function* paths(znodes: Iterable<ListedZnode>): Generator<string> {
  for (const { path } of znodes) yield `${path}\n`;
}

function* objects(znodes: Iterable<ListedZnode>): Generator<object> {
  for (const { path, stat, children } of znodes) {
    yield { path, stat: stat && toJsonStat(stat), ...(children === null && { unreadable: true }) };
  }
}
