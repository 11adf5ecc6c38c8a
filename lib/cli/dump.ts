import { parseConnectString } from '../zookeeper/connect-string.js';
import { SERVER_HELP, SERVER_OPTIONS, toDepth, toPath, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonData, toJsonStat } from './json.js';
import { COMMAND } from './limits.js';
import { jsonLine, print } from './output.js';
import { checkPositionals, parse } from './parse.js';
import { reportGaps } from './report-gaps.js';
import { type DumpedZnode, TreeDump } from './tree-dump.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes dump <path> [options]

Prints a znode and all below it, one JSON object per line: path, data, encoding and stat,
as get --json prints them, parents before their children and siblings sorted by name. Data
that is not UTF-8 is in base64. zk-recipes load creates znodes from such lines.

It is not of one moment: each znode is as it was when it was read. Ephemeral znodes are in
it, and have an ephemeralOwner in their stat. /zookeeper, which belongs to the servers, is
left out below /. The tree is never held in memory. Exit code 3 when <path> does not exist,
1 when some znodes may not be read, after all others were printed.

${SERVER_HELP}
  -a, --acl
      Adds the access control lists, as acl.
  -d, --depth n
      The number of levels below the znode. Default: all.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  acl: { type: 'boolean', short: 'a', default: false },
  depth: { type: 'string', short: 'd' },
} as const;

/** It is made by the servers. */
const RESERVED = '/zookeeper';

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path']);
  const path = toPath(positionals[0]);
  const depth = toDepth(values.depth);
  const servers = await toServerArguments(values);
  const isReserved = parseConnectString(servers.connect).chroot === '';
  return withClient(servers, async (client, signal) => {
    const isLeftOut = (child: string): boolean => isReserved && child === RESERVED;
    const dump = new TreeDump(client, path, { hasAcl: values.acl, depth, isLeftOut });
    await printAll(dump, signal);
    reportGaps(dump, 'dump', 'and are left out with all below them');
  });
}

/** Prints the lines in pieces, so that a slow reader slows down the reads. */
async function printAll(dump: TreeDump, signal: AbortSignal): Promise<void> {
  let lines = '';
  for await (const znode of dump) {
    signal.throwIfAborted();
    lines += jsonLine(toJson(znode));
    if (lines.length < COMMAND.pieceLength) continue;
    await print(lines);
    lines = '';
  }
  if (lines !== '') await print(lines);
}

function toJson({ path, data, stat, acl }: DumpedZnode): object {
  return { path, ...toJsonData(data), stat: toJsonStat(stat), ...(acl && { acl }) };
}

export const dumpCommand: Command = { help: HELP, options: OPTIONS, run };
