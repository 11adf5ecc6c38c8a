/**
 * Measures the watches beside a loop written by hand and beside kazoo, on a ZooKeeper that it starts: `npm run bench`,
 * or `npm run bench -- latency arming --size 1000 --rounds 3 --json`. Compares two commits in one run:
 * `npm run bench -- --only a,b,c,d,e --against ../old --contenders ours,against`; and TLS with plain connections:
 * `npm run bench -- --only a,b,c,d,e --contenders ours,tls`.
 */
import { fileURLToPath } from 'node:url';
import { findCommit } from '../testing/checkout.js';
import { secureServers } from '../testing/transport.js';
import { ZooKeeperServer } from '../testing/zookeeper-server.js';
import { SmallBlobs } from './blobs/small-blobs.js';
import { Contender, MissingFiguresError } from './contender.js';
import { type Commands, contenderCommands } from './contender-commands.js';
import { machine, versions } from './machine.js';
import { BY_HAND, type Measurement, OURS, OVER_TLS, type Setup } from './measurements/measurement.js';
import { MEASUREMENTS, takesPart } from './measurements.js';
import { type Options, parseOptions } from './options.js';
import type { Pairing } from './pairs.js';
import { processTimeOf } from './process-time.js';
import { Processors } from './processors.js';
import { Report } from './report.js';
import type { Results } from './results.js';
import { ZnodeTrees } from './tree-znodes.js';
import { Znodes } from './znodes.js';

/** A tick of production length: shorter ticks would add the server's own work to the measurement. */
const SERVER = {
  tickTime: 2_000,
  // It keeps the last 500 writes, of up to half a MiB each, besides the znodes.
  javaOptions: ['-Xmx2g'],
};
/** From this many watches on, the peers have fewer rounds. */
const MANY = 100_000;

/** The most rounds of contenders that may take minutes where ours takes seconds. */
const SLOW_ROUNDS: ReadonlyMap<string, number> = new Map([
  [BY_HAND, 2],
  ['kazoo', 1],
]);

const isSlow = (contender: string, size: number): boolean => SLOW_ROUNDS.has(contender) && size >= MANY;

async function measure(
  name: string,
  measurement: Measurement,
  size: number,
  rounds: number,
  allSetups: ReadonlyMap<string, Setup>,
  report: Report,
): Promise<void> {
  const setups = new Map([...allSetups].filter(([contender]) => takesPart(contender, measurement)));
  report.begin(name, measurement.about(size), size);
  const out = new Set<string>();
  const leaveOut = (contender: string, reason: string): void => {
    out.add(contender);
    report.addMissing(contender, reason);
    console.error(`${name}, ${size}: ${contender}: ${reason}`);
  };
  const runOnce = async (contender: string, setup: Setup, round: string, counts: boolean): Promise<void> => {
    if (out.has(contender)) return;
    console.error(`${name}, ${size}: ${round}, ${contender}`);
    try {
      const figures = await measurement.run(setup, size);
      if (counts) report.add(contender, figures);
    } catch (error) {
      if (!(error instanceof MissingFiguresError)) throw error;
      leaveOut(contender, error.message);
      if (contender === OURS) process.exitCode = 1;
    }
  };
  for (const contender of setups.keys()) {
    const reason = measurement.missing?.(contender, size) ?? null;
    if (reason !== null) leaveOut(contender, reason);
  }
  for (const [contender, setup] of setups) {
    if (measurement.warmsUp && !isSlow(contender, size)) await runOnce(contender, setup, 'warming up', false);
  }
  const roundsOf = (contender: string): number =>
    Math.min(
      rounds,
      measurement.mostRounds ?? rounds,
      (isSlow(contender, size) && SLOW_ROUNDS.get(contender)) || rounds,
    );
  for (let round = 0; round < rounds; round += 1) {
    const first = round % setups.size;
    const inTurn = [...setups];
    for (const [contender, setup] of [...inTurn.slice(first), ...inTurn.slice(0, first)]) {
      if (round >= roundsOf(contender)) continue;
      await runOnce(contender, setup, `round ${round + 1} of ${rounds}`, true);
    }
  }
}

function setupsOn(server: ZooKeeperServer, commands: Commands, prefix: readonly string[]): Map<string, Setup> {
  const znodes = new Znodes(server.port);
  const trees = new ZnodeTrees(znodes);
  const smallBlobs = new SmallBlobs(server.port);
  const { port } = server;
  const serverCpuMs = () => processTimeOf(server.pid);
  const toSetup = (name: string, command: readonly string[]): Setup => {
    const isReadable = name !== OVER_TLS;
    const whole = [...prefix, ...command];
    return { port, znodes, trees, smallBlobs, contender: name, serverCpuMs, command: whole, prefix, isReadable };
  };
  return new Map([...commands].map(([name, command]) => [name, toSetup(name, command)]));
}

function pairingsOf({ contenders }: Options, otherCheckout: string | null): Pairing[] {
  return [
    ...(otherCheckout === null ? [] : [{ of: OURS, to: otherCheckout, isJudged: true }]),
    ...(contenders.has('tls') ? [{ of: OVER_TLS, to: OURS, isJudged: false }] : []),
  ];
}

async function main(options: Options): Promise<void> {
  const { names, sizes, rounds, json } = options;
  const processors = new Processors();
  const commit = await findCommit(fileURLToPath(new URL('..', import.meta.url)));
  const about = { machine: machine(), commit, rounds, canSeparate: processors.canSeparate };
  const { commands, otherCheckout } = await contenderCommands(options);
  const isShared = (name: string): boolean => MEASUREMENTS.get(name)?.sharesProcessors ?? false;
  const plainAgain = options.contenders.has('tls') ? await secureServers() : null;
  await using sharingServer = names.some(isShared) ? await ZooKeeperServer.start(SERVER) : null;
  const prefix = processors.separate();
  await using server = await ZooKeeperServer.start(SERVER);
  const found = await versions(await server.fourLetterWord('srvr'));
  for (const command of commands.values()) {
    await using contender = await Contender.start(command, server.connectString);
    Object.assign(found, contender.versions);
  }
  const setups = setupsOn(server, commands, prefix);
  const sharing = sharingServer && setupsOn(sharingServer, commands, []);
  const report = new Report(rounds, pairingsOf(options, otherCheckout));
  for (const name of names) {
    const measurement = MEASUREMENTS.get(name);
    if (!measurement) continue;
    if (isShared(name)) processors.share();
    else processors.separate();
    for (const size of sizes.length > 0 ? sizes : measurement.sizes) {
      await measure(name, measurement, size, rounds, (isShared(name) && sharing) || setups, report);
    }
  }
  if (json) {
    const results: Results = { ...about, versions: found, ...report.toJSON() };
    console.log(JSON.stringify(results, null, 2));
  } else {
    console.log(JSON.stringify({ ...about, versions: found }, null, 2));
    console.log(report.toTable([...commands.keys()]));
  }
  await plainAgain?.();
}

await main(parseOptions());
