import { invalidWord } from '../../core/validation.js';
import { GLOBAL_OPTIONS, SERVER_HELP } from '../arguments.js';
import type { Command } from '../command.js';
import { splitLeadingOptions } from '../parse.js';
import { UsageError } from '../usage-error.js';
import { ACL_HELP } from './acl-text.js';
import { GET_OPTIONS, get } from './get.js';
import { SET_OPTIONS, set } from './set.js';

const HELP = `Usage: zk-recipes acl get <path>... | acl set <path> <acl>... [options]

  get  prints the access control list of a znode, one entry per line, as set takes them
  set  replaces it, and prints nothing
${ACL_HELP}
Exit code 3 when the znode does not exist, 5 when the list has another version.

${SERVER_HELP}
  -j, --json
      Prints one JSON object with path and stat, for get also with acl, as perms, scheme
      and id; perms is a sum of read 1, write 2, create 4, delete 8 and admin 16.
For get:
  -s, --stat
      Prints the metadata too, after the entries: aversion is the version of the list.
For set:
  -v, --version n
      Sets only this version of the list.
  -R, --recursive
      Sets that of all znodes below it too.`;

const ACTIONS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = { get, set };
const NAMES = Object.keys(ACTIONS);

async function run(args: readonly string[]): Promise<number> {
  const { leading, rest } = splitLeadingOptions(args, GLOBAL_OPTIONS);
  const [name, ...own] = rest;
  if (name === undefined) throw new UsageError(`which of ${NAMES.join(' and ')}?`, { needsUsage: true });
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action) return action([...leading, ...own]);
  throw new UsageError(invalidWord('the word after acl', name, NAMES).message);
}

export const aclCommand: Command = { help: HELP, options: { ...GET_OPTIONS, ...SET_OPTIONS }, words: NAMES, run };
