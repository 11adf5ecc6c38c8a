import { invalidWord } from '../../core/validation.js';
import { GLOBAL_OPTIONS, SERVER_HELP } from '../arguments.js';
import type { Command } from '../command.js';
import { GATEWAY_HELP } from '../gateway-options.js';
import { splitLeadingOptions } from '../parse.js';
import { STATE_HELP } from '../states.js';
import { UsageError } from '../usage-error.js';
import { OPTIONS as GC_OPTIONS, gc } from './gc.js';
import { OPTIONS as GET_OPTIONS, get } from './get.js';
import { OPTIONS as LS_OPTIONS, ls } from './ls.js';
import { OPTIONS as PUT_OPTIONS, put } from './put.js';
import { OPTIONS as RM_OPTIONS, rm } from './rm.js';
import { OPTIONS as WATCH_OPTIONS, watch } from './watch.js';

const HELP = `Usage: zk-recipes blob put <id> <file>|- [options]
       zk-recipes blob get|rm <id> [options]
       zk-recipes blob ls [<prefix>] [options]
       zk-recipes blob watch [<id>] [options]
       zk-recipes blob gc [options]

  put    writes the content of the file or of stdin, and prints the etag of the blob
  get    prints the content, byte for byte
  ls     prints the size, time, media type and id of each blob
  rm     deletes the blob
  watch  prints created, modified or deleted, and the id: for the blob as it is, and at
         each change. An id that ends with a slash stands for all that begin so, and no
         id for all blobs
  gc     removes the garbage that crashed writers left: call it now and then
Exit code 3 when there is no such blob, 5 when it is not as --if-match demands.

${SERVER_HELP}
${GATEWAY_HELP}
  --root path
      The znode below which the blobs are. Default /blobs.
  -j, --json
      Prints JSON: one object with the description of the blob, for ls and watch one per
      line. For get it also has the content, as data and encoding; rm prints nothing.
For put:
  --media-type type
      Default: by the end of the file's name, or else application/octet-stream.
  --meta name=value
      Is kept with the blob. May be given several times.
  --if-match etag, --if-none-match
      Writes only while the blob has this etag; only while there is none. For rm: deletes
      only while the blob has this etag.
For get:
  -o, --output file
      Writes to the file, which appears whole or not at all.
For watch:
  -1, --once, -n, --count n
      Ends after the first change, or after n changes.
  --idle ms
      Ends, with exit code 0, when there was no change for this time.
${STATE_HELP}
For gc:
  --grace ms
      Removes only what was found to be garbage so long ago. Default 60000.
Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const ACTIONS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = { put, get, ls, rm, watch, gc };
const NAMES = Object.keys(ACTIONS);
const OPTIONS = {
  ...{ ...PUT_OPTIONS, ...GET_OPTIONS, ...LS_OPTIONS },
  ...{ ...RM_OPTIONS, ...WATCH_OPTIONS, ...GC_OPTIONS },
};

async function run(args: readonly string[]): Promise<number> {
  const { leading, rest } = splitLeadingOptions(args, GLOBAL_OPTIONS);
  const [name, ...own] = rest;
  if (name === undefined) throw new UsageError(`which of ${NAMES.join(', ')}?`);
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action) return action([...leading, ...own]);
  throw new UsageError(invalidWord('the word after blob', name, NAMES).message);
}

export const blobCommand: Command = { help: HELP, options: OPTIONS, words: NAMES, takesPaths: false, run };
