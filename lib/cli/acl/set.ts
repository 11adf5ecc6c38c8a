import type { Acl, ZooKeeperClient } from '../../../index.js';
import { NoNodeError } from '../../../index.js';
import { JSON_OPTION, SERVER_OPTIONS, toPath, toServerArguments, toVersion } from '../arguments.js';
import { toJsonStat } from '../json.js';
import { COMMAND } from '../limits.js';
import { printJson } from '../output.js';
import { checkPositionals, parse } from '../parse.js';
import { TreeListing } from '../tree-listing.js';
import { UsageError } from '../usage-error.js';
import { withClient } from '../with-client.js';
import { toAcl } from './acl-text.js';

export const SET_OPTIONS = {
  ...SERVER_OPTIONS,
  version: { type: 'string', short: 'v' },
  recursive: { type: 'boolean', short: 'R', default: false },
  ...JSON_OPTION,
} as const;

/** Replaces the access control list of a znode, or of all znodes of a tree. */
export async function set(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, SET_OPTIONS);
  const [path, ...texts] = positionals;
  checkPositionals(positionals, ['path', 'acl'], Infinity);
  if (values.recursive && values.version !== undefined)
    throw new UsageError('--recursive cannot be combined with --version');
  const [root, acl, version] = [toPath(path), toAcl(texts), toVersion(values.version)];
  return withClient(await toServerArguments(values), async (client, signal) => {
    if (values.recursive) await setBelow(client, root, acl, signal);
    const stat = await client.setAcl(root, acl, version);
    if (values.json) await printJson({ path: root, stat: toJsonStat(stat) });
  });
}

/** The root comes last: it may take away the right to do the others. */
async function setBelow(client: ZooKeeperClient, root: string, acl: Acl[], signal: AbortSignal): Promise<void> {
  const paths = [...(await TreeListing.read(client, root))].map(({ path }) => path).slice(1);
  for (let start = 0; start < paths.length; start += COMMAND.writesAtOnce) {
    signal.throwIfAborted();
    const batch = paths.slice(start, start + COMMAND.writesAtOnce);
    await Promise.all(batch.map((path) => client.setAcl(path, acl).catch(unlessGone)));
  }
}

/** A znode that was deleted meanwhile needs no list. */
function unlessGone(error: unknown): void {
  if (!(error instanceof NoNodeError)) throw error;
}
