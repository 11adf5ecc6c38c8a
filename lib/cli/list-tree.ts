import { setImmediate as nextTurn } from 'node:timers/promises';
import { CommandError } from './command-error.js';
import { toJsonStat } from './json.js';
import { COMMAND } from './limits.js';
import { print } from './output.js';
import { printDiagnostic } from './stderr.js';
import { type ListedZnode, type ListingClient, TreeListing } from './tree-listing.js';

const { printedAtOnce } = COMMAND.listing;

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
  await printTree(listing, isJson ? jsonLine : ({ path }) => path, signal);
  const { vanished, unreadable } = listing;
  if (vanished > 0) printDiagnostic(`znodes deleted during the listing, and left out: ${vanished}`);
  if (unreadable.length === 0) return;
  const number = `${unreadable.length}, the first is ${unreadable[0]}`;
  throw new CommandError(`znodes that may not be read (NO_AUTH), so that nothing below them is listed: ${number}`);
}

function jsonLine({ path, stat, children }: ListedZnode): string {
  return JSON.stringify({ path, stat: toJsonStat(stat), ...(children === null && { unreadable: true }) });
}

async function printTree(
  listing: TreeListing,
  toLine: (znode: ListedZnode) => string,
  signal: AbortSignal,
): Promise<void> {
  let lines: string[] = [];
  for (const znode of listing) {
    lines.push(`${toLine(znode)}\n`);
    if (lines.length < printedAtOnce) continue;
    await print(lines.join(''));
    await nextTurn();
    signal.throwIfAborted();
    lines = [];
  }
  await print(lines.join(''));
}
