import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { makePoller, type Poller, type PollerOptions } from '../../recipes/pollers/index.js';
import { differences, eventLines, type FileTree, walk } from './file-trees.js';

/** A step of a program: an operation on files, or one of the poller. */
export interface Step {
  readonly operation: keyof typeof OPERATIONS | 'poll' | 'resume';
  readonly one: string;
  readonly other: string;
}

/** The directory that is polled, and one beside it. */
export interface Place {
  readonly root: string;
  readonly outside: string;
}

type Operation = (one: string, other: string, place: Place) => void;

const OPERATIONS = {
  write: (one) => writeFileSync(one, 'four'),
  append: (one) => appendFileSync(one, 'more'),
  truncate: (one) => truncateSync(one, 1),
  rename: (one, other) => renameSync(one, other),
  replace: (one, other) => {
    writeFileSync(other, 'over');
    renameSync(other, one);
  },
  'mkdir -p and a file': (one, other) => {
    const directory = join(one, 'deep', 'deeper');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'file'), other);
  },
  'rm -r': (one) => rmSync(one, { recursive: true }),
  'rm -r and anew': (one) => {
    rmSync(one, { recursive: true });
    mkdirSync(one);
    writeFileSync(join(one, 'x'), '');
  },
  link: (one, other) => linkSync(one, other),
  symlink: (one, other) => symlinkSync(one, other),
  chmod: (one) => chmodSync(one, statSync(one).mode ^ 0o020),
  'write in the past': (one) => {
    const { atime, mtime } = statSync(one);
    writeFileSync(one, 'past');
    utimesSync(one, atime, mtime);
  },
  'create and remove': (one) => {
    writeFileSync(one, '', { flag: 'wx' });
    rmSync(one);
  },
  'move out': (one, _other, { outside }) => renameSync(one, join(outside, 'moved')),
  'move in': (one, _other, { outside }) => renameSync(join(outside, 'moved'), one),
  'new root': (_one, _other, { root }) => {
    rmSync(root, { recursive: true });
    mkdirSync(root);
  },
  'no root': (_one, _other, { root }) => rmSync(root, { recursive: true }),
  'a root': (_one, _other, { root }) => mkdirSync(root),
} satisfies Record<string, Operation>;

const PATHS = ['a', 'b', 'ü &x?#%', 'a/a', 'a/b', 'b/a', 'b/b', 'a/a/a', 'a/a/b', 'b/a/deep'];
const RARE = new Set(['new root', 'no root']);

const weights = Object.keys(OPERATIONS).map((operation) => ({
  arbitrary: fc.constant(operation as Step['operation']),
  weight: RARE.has(operation) ? 1 : 4,
}));

/** Programs of operations, with polls at any moment. */
export const programs: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    operation: fc.oneof(
      ...weights,
      { arbitrary: fc.constant('poll' as const), weight: 20 },
      { arbitrary: fc.constant('resume' as const), weight: 5 },
    ),
    one: fc.constantFrom(...PATHS),
    other: fc.constantFrom(...PATHS),
  }),
  { minLength: 10, maxLength: 60, size: 'max' },
);

/** Runs a program, and compares the events of each poll with an independent walk. */
export class ProgramRun {
  readonly #place: Place;
  readonly #options: PollerOptions;
  #poller: Poller | undefined;
  #known: FileTree = new Map();
  /** All steps so far, for the message. */
  readonly log: string[] = [];

  constructor(place: Place, options: PollerOptions) {
    this.#place = place;
    this.#options = options;
  }

  async run(steps: readonly Step[]): Promise<void> {
    this.#poller = await makePoller(this.#place.root, this.#options);
    this.#known = this.#walk();
    try {
      for (const step of steps) await this.#step(step);
      await this.#poll();
    } finally {
      await this.#poller.close();
    }
  }

  async #step({ operation, one, other }: Step): Promise<void> {
    if (operation === 'poll') return this.#poll();
    if (operation === 'resume') return this.#resume();
    // A first link from outside of what is polled changes a file unnoticed: a documented limit.
    if (operation === 'link' && this.#isPolled(one) && !this.#isPolled(other)) return;
    const { root } = this.#place;
    try {
      OPERATIONS[operation](join(root, one), join(root, other), this.#place);
      this.log.push(`${operation} ${one} ${other}`);
    } catch (error) {
      // Not every operation can be made at any moment.
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      return;
    }
    // The system reports no change of a file by a name that comes and goes between two calls: a documented limit.
    if (operation === 'link') await this.#poll();
  }

  async #poll(): Promise<void> {
    const now = this.#walk();
    const events = eventLines(this.#place.root, await (this.#poller as Poller).getNewEvents());
    const [found, expected] = [events.sort(), differences(this.#known, now).sort()];
    this.log.push(`poll: ${found.join(', ')}`);
    this.#known = now;
    if (found.join('\n') === expected.join('\n')) return;
    throw new Error(`expected ${expected.join(', ')} after\n${this.log.join('\n')}`);
  }

  async #resume(): Promise<void> {
    const since = (this.#poller as Poller).checkpoint();
    await this.#poller?.close();
    // Missing at the start it would be refused.
    mkdirSync(this.#place.root, { recursive: true });
    this.log.push('resume');
    this.#poller = await makePoller(this.#place.root, { ...this.#options, since });
  }

  #isPolled(path: string): boolean {
    return this.#options.recurse === true || !path.includes('/');
  }

  #walk(): FileTree {
    return walk(this.#place.root, this.#options.recurse === true);
  }
}

/** For operations whose folder is missing. */
export function makeFolders(root: string): void {
  for (const path of PATHS) mkdirSync(dirname(join(root, path)), { recursive: true });
}
