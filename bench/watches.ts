/**
 * Measures the watches beside a loop written by hand and beside kazoo, on a ZooKeeper that it starts itself: `npm run bench`,
 * or `npm run bench -- latency arming --size 1000 --rounds 3 --json`.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findForeignClients } from '../testing/find-foreign-clients.js';
import { ZooKeeperServer } from '../testing/zookeeper-server.js';
import { Contender, MissingFiguresError } from './contender.js';
import { bundleContender } from './contender-bundle.js';
import { commit, machine, versions } from './machine.js';
import type { Measurement, Stage } from './measurements/measurement.js';
import { MEASUREMENTS } from './measurements.js';
import { Processors } from './processors.js';
import { Report } from './report.js';
import type { Results } from './results.js';
import { Znodes } from './znodes.js';

/** What starts each contender. */
type Commands = ReadonlyMap<string, readonly string[]>;

/** Ticks of the usual length: what the server does at each is not to be measured. */
const SERVER = { tickTime: 2_000 };
/** From so many watches on. */
const MANY = 100_000;
const NAMES = [...MEASUREMENTS.keys()].join(', ');
const USAGE = `Usage: npm run bench -- [name ...] [--size N ...] [--rounds N] [--json]

Each contender, in a process of its own, in turn: ours, a loop written by hand on node-zookeeper-client, and kazoo where
there is a Python that has it. Where it matters a round warms the server up first. From 100,000 watches on the loop has
two rounds and kazoo one, without warming up; what is mostly waiting has fewer, too, and the output says so. A recovery
that takes longer than a minute has no figures.

  name      of a measurement (default all): ${NAMES}
  --size    in place of the sizes of each measurement: changes, watches or children; can be given again
  --rounds  how often each is measured (default 5)
  --json    prints JSON in place of the tables

Where the system has taskset and two processors, the contenders have one to themselves, except in shared-throughput.
To keep npm's own lines out of the JSON: npm run --silent bench -- --json`;

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        size: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string', default: '5' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { json, help } = values;
    const rounds = Number(values.rounds);
    const sizes = values.size.map(Number);
    for (const number of [rounds, ...sizes]) {
      if (!Number.isInteger(number) || number < 1) throw new Error('--size and --rounds must be whole numbers above 0');
    }
    const names = positionals.length > 0 ? positionals : [...MEASUREMENTS.keys()];
    for (const name of names)
      if (!MEASUREMENTS.has(name)) throw new Error(`no measurement ${name}; there are ${NAMES}`);
    return { names, sizes, rounds, json, help };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function contenderCommands(): Promise<Commands> {
  const node = [process.execPath, '--expose-gc', await bundleContender()];
  const commands = new Map<string, readonly string[]>([
    ['ours', [...node, 'ours']],
    ['by hand', [...node, 'by-hand']],
  ]);
  const { kazooPython } = await findForeignClients();
  if (kazooPython === null) {
    console.error('Without kazoo: run `apt-get install python3-kazoo`, or have a python3 with kazoo on the PATH.');
  } else {
    const script = fileURLToPath(new URL('./kazoo/contender.py', import.meta.url));
    commands.set('kazoo', [kazooPython, '-B', script]);
  }
  return commands;
}

/** The others may take minutes where ours takes seconds, and are then measured less often. */
const isSlow = (contender: string, size: number): boolean => contender !== 'ours' && size >= MANY;

/** The most rounds of a slow contender. */
const slowRounds = (contender: string): number => (contender === 'kazoo' ? 1 : 2);

async function measure(
  name: string,
  measurement: Measurement,
  size: number,
  rounds: number,
  stages: ReadonlyMap<string, Stage>,
  report: Report,
): Promise<void> {
  report.begin(name, measurement.about(size), size);
  const out = new Set<string>();
  const leaveOut = (contender: string, reason: string): void => {
    out.add(contender);
    report.addMissing(contender, reason);
    console.error(`${name}, ${size}: ${contender}: ${reason}`);
  };
  const runOnce = async (contender: string, stage: Stage, what: string, counts: boolean): Promise<void> => {
    if (out.has(contender)) return;
    console.error(`${name}, ${size}: ${what}, ${contender}`);
    try {
      const figures = await measurement.run(stage, size);
      if (counts) report.add(contender, figures);
    } catch (error) {
      if (!(error instanceof MissingFiguresError)) throw error;
      leaveOut(contender, error.message);
      if (contender === 'ours') process.exitCode = 1;
    }
  };
  for (const contender of stages.keys()) {
    const reason = measurement.missing?.(contender, size) ?? null;
    if (reason !== null) leaveOut(contender, reason);
  }
  for (const [contender, stage] of stages) {
    if (measurement.warmsUp && !isSlow(contender, size)) await runOnce(contender, stage, 'warming up', false);
  }
  const roundsOf = (contender: string): number =>
    Math.min(rounds, measurement.mostRounds ?? rounds, isSlow(contender, size) ? slowRounds(contender) : rounds);
  for (let round = 0; round < rounds; round += 1) {
    const first = round % stages.size;
    const inTurn = [...stages];
    for (const [contender, stage] of [...inTurn.slice(first), ...inTurn.slice(0, first)]) {
      if (round >= roundsOf(contender)) continue;
      await runOnce(contender, stage, `round ${round + 1} of ${rounds}`, true);
    }
  }
}

function stagesOn(server: ZooKeeperServer, commands: Commands): Map<string, Stage> {
  const znodes = new Znodes(server.port);
  return new Map([...commands].map(([name, command]) => [name, { port: server.port, znodes, command }]));
}

async function main({ names, sizes, rounds, json }: ReturnType<typeof options>): Promise<void> {
  const where = machine();
  const processors = new Processors();
  const about = { machine: where, commit: await commit(), rounds, canSeparate: processors.canSeparate };
  const commands = await contenderCommands();
  const isShared = (name: string): boolean => MEASUREMENTS.get(name)?.sharesProcessors ?? false;
  await using sharingServer = names.some(isShared) ? await ZooKeeperServer.start(SERVER) : null;
  const prefix = processors.separate();
  await using server = await ZooKeeperServer.start(SERVER);
  const found = await versions(await server.fourLetterWord('srvr'));
  for (const command of commands.values()) {
    await using contender = await Contender.start(command, server.connectString);
    Object.assign(found, contender.versions);
  }
  const apart = new Map([...commands].map(([name, command]) => [name, [...prefix, ...command]]));
  const stages = stagesOn(server, apart);
  const sharing = sharingServer && stagesOn(sharingServer, commands);
  const report = new Report(rounds);
  for (const name of names) {
    const measurement = MEASUREMENTS.get(name);
    if (!measurement) continue;
    if (isShared(name)) processors.share();
    else processors.separate();
    for (const size of sizes.length > 0 ? sizes : measurement.sizes) {
      await measure(name, measurement, size, rounds, (isShared(name) && sharing) || stages, report);
    }
  }
  if (json) {
    const results: Results = { ...about, versions: found, ...report.toJSON() };
    console.log(JSON.stringify(results, null, 2));
  } else {
    console.log(JSON.stringify({ ...about, versions: found }, null, 2));
    console.log(report.toTable([...commands.keys()]));
  }
}

const chosen = options();
if (chosen.help) console.log(USAGE);
else await main(chosen);
