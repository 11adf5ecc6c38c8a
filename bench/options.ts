import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MEASUREMENTS, measurementsOf } from './measurements.js';

/** The contenders by the names that `--contenders` takes. */
export const CONTENDERS = [
  'ours',
  'against',
  'tls',
  'by-hand',
  'kazoo',
  'curator',
  'single-reads',
  'data-watches',
  'raw-chunks',
] as const;

/** One of {@link CONTENDERS}. */
export type ContenderName = (typeof CONTENDERS)[number];

/** The measurements to run, and how. */
export interface Options {
  /** The names of the measurements. */
  readonly names: readonly string[];
  /** In place of each measurement's own sizes, unless empty. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly contenders: ReadonlySet<ContenderName>;
  /** The folder of another checkout of this project, which is a contender too. */
  readonly against: string | null;
  readonly json: boolean;
}

const USAGE = `Usage: npm run bench -- [name ...] [options]

Measures the contenders in turn, each in a process of its own: ours, a loop written by
hand on node-zookeeper-client, and kazoo where a Python has it; of trees in place of the
loop Curator's CuratorCache, where Debian's package of it and a JDK are installed, ours
with single reads, and our data watches on the leaves; of blobs raw chunks, and our data
watches on their znodes. Before the first round most
measurements warm the server up. From 100,000 watches on, the loop by hand has two rounds
and kazoo one, without warming up; measurements that mostly wait have fewer rounds too,
and the output says so. A recovery of watches that takes longer than a minute has no
figures.

  name         of a measurement, default all:
               ${[...MEASUREMENTS.keys()].slice(0, 6).join(', ')},
               ${[...MEASUREMENTS.keys()].slice(6, 10).join(', ')},
               ${[...MEASUREMENTS.keys()].slice(10, 14).join(', ')},
               ${[...MEASUREMENTS.keys()].slice(14).join(', ')}
  --only       names, or letters of docs/performance.md, separated by commas: a,b,c,d,e
  --size       replaces the sizes of each measurement (changes, watches, children,
               znodes, MiB, requests, or the seconds of sockets); can be repeated
  --rounds     number of rounds, default 5
  --against    folder of another checkout of this project, with its node_modules: measured in
               turn with ours; prints the medians of the ratios of each round's pair
  --contenders of ${CONTENDERS.slice(0, 6).join(', ')},
               ${CONTENDERS.slice(6).join(', ')}, separated by commas; ours is always among them.
               tls is ours over TLS with client certificates, which needs to be named; all
               contenders connect to servers on Netty then, at one port
  --json       prints JSON instead of the tables

Where the system has taskset and two processors, the contenders have one to themselves,
except in shared-throughput.
To keep npm's own lines out of the JSON: npm run --silent bench -- --json`;

/** The options of the command line. Ends the process on `--help` and on options that it does not understand. */
export function parseOptions(): Options {
  try {
    return parse();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function parse(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      size: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      against: { type: 'string' },
      contenders: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const rounds = Number(values.rounds);
  const sizes = values.size.map(Number);
  for (const number of [rounds, ...sizes]) {
    if (!Number.isInteger(number) || number < 1) throw new Error('--size and --rounds must be whole numbers above 0');
  }
  const chosen = [...positionals, ...values.only.split(',').filter((name) => name !== '')];
  for (const name of chosen) {
    if (measurementsOf(name).length === 0) throw new Error(`there is no measurement ${JSON.stringify(name)}`);
  }
  const names = chosen.length > 0 ? chosen.flatMap(measurementsOf) : [...MEASUREMENTS.keys()];
  const against = values.against === undefined ? null : resolve(values.against);
  const contenders = toContenders(values.contenders, against !== null);
  return { names: [...new Set(names)], sizes, rounds, contenders, against, json: values.json };
}

function toContenders(list: string | undefined, hasOther: boolean): ReadonlySet<ContenderName> {
  const names = list?.split(',') ?? CONTENDERS.filter((name) => (name === 'against' ? hasOther : name !== 'tls'));
  const contenders = new Set<ContenderName>(['ours']);
  for (const name of names) {
    const known = CONTENDERS.find((contender) => contender === name);
    if (!known) throw new Error(`--contenders must be of ${CONTENDERS.join(', ')}, but has ${JSON.stringify(name)}`);
    contenders.add(known);
  }
  if (contenders.has('against') !== hasOther) throw new Error('the contender "against" and --against need each other');
  return contenders;
}
