import { CommandError } from './command-error.js';
import { toJsonStat } from './json.js';
import { jsonLines, printAll } from './output.js';
import { printDiagnostic } from './stderr.js';
import { type ListingClient, TreeListing } from './tree-listing.js';

/**
 * Prints a znode and all below it.
 *
 * @throws the error of reading the znode itself; CommandError after the rest, when others may not be read
 */
export async function listTree(
  client: ListingClient,
  path: string,
  { isJson, signal }: { readonly isJson: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const listing = await TreeListing.read(client, path);
  await printAll(isJson ? jsonLines(objects(listing)) : paths(listing), signal);
  signal.throwIfAborted();
  const { vanished, unreadable } = listing;
  if (vanished > 0) printDiagnostic(`znodes deleted during the listing, and left out: ${vanished}`);
  if (unreadable.length === 0) return;
  const number = `${unreadable.length}, the first is ${unreadable[0]}`;
  throw new CommandError(`znodes that may not be read (NO_AUTH), so that nothing below them is listed: ${number}`);
}

function* paths(listing: TreeListing): Generator<string> {
  for (const { path } of listing) yield `${path}\n`;
}

function* objects(listing: TreeListing): Generator<object> {
  for (const { path, stat, children } of listing) {
    yield { path, stat: stat && toJsonStat(stat), ...(children === null && { unreadable: true }) };
  }
}
