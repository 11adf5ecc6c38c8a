import { setTimeout as pause } from 'node:timers/promises';
import {
  InvalidArgumentError,
  InvalidCheckpointError,
  makePoller,
  type PollEvent,
  type Poller,
  UnsupportedUrlError,
} from '../../recipes/pollers/index.js';
import { isRetryable } from '../core/errors.js';
import { reasonOf } from '../core/reason.js';
import { JSON_OPTION, toMilliseconds } from './arguments.js';
import { CheckpointFile, readCheckpointBytes } from './checkpoint-file.js';
import type { Command } from './command.js';
import { CommandError } from './command-error.js';
import { COMMAND } from './limits.js';
import { jsonLine, print } from './output.js';
import { checkPositionals, parse } from './parse.js';
import { SECRET_VARIABLES } from './secret-files.js';
import { printDiagnostic } from './stderr.js';
import { toText } from './to-text.js';
import { UsageError } from './usage-error.js';
import { withEnds } from './with-ends.js';

const HELP = `Usage: zk-recipes poll <url> [options]

Prints each change of what is below a URL: created, modified or deleted, and the URL of
the entry. It begins with the changes after its start, with --checkpoint with those after
an earlier run. A failure that may pass is printed on stderr, and it goes on.

  file:///directory, or a path     the files of a directory
  zk://host:2181,host/path         the znodes below a path
  swift://user+project:password@host/v3?container
                                   the objects of a container of OpenStack Swift

A URL with a password is better in the environment variable ZK_RECIPES_POLL_URL, in place
of the argument, which every process of the machine can read.

  --recurse
      What is below at any depth, and not only directly.
  --interval ms
      Looks again after this time, and earlier where the system reports a change.
      Default: 1000.
  --checkpoint file
      Continues from the checkpoint in the file, deletions included, and keeps it there
      up to date. When there is no file it is made.
  -j, --json
      Prints one JSON object per line, with type, subject, recreated, and where they are
      known size, modified, etag and directory.
Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  recurse: { type: 'boolean', default: false },
  interval: { type: 'string' },
  checkpoint: { type: 'string' },
  ...JSON_OPTION,
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  const fromEnvironment = process.env[SECRET_VARIABLES.pollUrl];
  const urls = positionals.length === 0 && fromEnvironment ? [fromEnvironment] : positionals;
  checkPositionals(urls, ['url']);
  const [url = ''] = urls;
  const { recurse, json } = values;
  const interval = toMilliseconds('interval', values.interval, 1) ?? COMMAND.pollInterval;
  const file = values.checkpoint === undefined ? undefined : toText('checkpoint', values.checkpoint);
  const since = file === undefined ? undefined : await readCheckpointBytes(file);
  let poller: Poller | undefined;
  let kept: CheckpointFile | undefined;
  return withEnds(
    async (ends) => {
      const { signal } = ends;
      poller = await ends.before(make(url, { recurse, signal, ...(since && { since }) }));
      printDiagnostic(`${new Date().toISOString()} polling ${poller.url} (${poller.kind})`);
      const output = new Output(poller, json);
      if (file !== undefined) kept = new CheckpointFile(file, () => output);
      kept?.due();
      const polling = follow(poller, interval, async (events) => {
        await output.print(events);
        kept?.due();
      });
      await ends.before(kept ? Promise.race([polling, kept.failed]) : polling);
    },
    async () => {
      try {
        await kept?.end();
      } finally {
        await poller?.close();
      }
    },
  );
}

async function make(...[url, options]: Parameters<typeof makePoller>): Promise<Poller> {
  try {
    return await makePoller(url, options);
  } catch (error) {
    if (error instanceof InvalidCheckpointError) {
      throw new CommandError(`the file of --checkpoint is of no use: ${error.message}`, { cause: error });
    }
    const isMisused = error instanceof InvalidArgumentError || error instanceof UnsupportedUrlError;
    throw isMisused ? new UsageError(error.message) : error;
  }
}

/** Takes lists of events until the poller is closed. */
async function follow(poller: Poller, interval: number, take: (events: PollEvent[]) => Promise<void>): Promise<void> {
  let trouble = '';
  for (;;) {
    try {
      for await (const events of poller.events({ interval })) {
        trouble = '';
        await take(events);
      }
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      const reason = reasonOf(error);
      if (reason !== trouble) printDiagnostic(reason);
      trouble = reason;
      await pause(interval);
    }
  }
}

/** Prints events, and has the checkpoint of those that the system has accepted. */
class Output {
  readonly #poller: Poller;
  readonly #isJson: boolean;
  #checkpoint: Buffer;

  constructor(poller: Poller, isJson: boolean) {
    this.#poller = poller;
    this.#isJson = isJson;
    this.#checkpoint = poller.checkpoint();
  }

  async print(events: readonly PollEvent[]): Promise<void> {
    const time = new Date().toISOString();
    for (const event of events) {
      const { type, ...rest } = event;
      const line = this.#isJson ? jsonLine({ type, time, ...rest }) : `${type} ${event.subject}\n`;
      // Never settles without a reader: a checkpoint must not pass an event that nobody can have read.
      if (!(await print(line))) return new Promise(() => {});
    }
    this.#checkpoint = this.#poller.checkpoint();
  }

  toBytes(): Buffer {
    return this.#checkpoint;
  }
}

export const pollCommand: Command = { help: HELP, options: OPTIONS, takesPaths: false, run };
