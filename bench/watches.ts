/**
 * Measures the watches beside a loop written by hand and beside kazoo, on a ZooKeeper that it starts itself: `npm run bench`,
 * or `npm run bench -- latency arming --size 1000 --rounds 3 --json`.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findForeignClients } from '../spec/support/find-foreign-clients.js';
import { ZooKeeperServer } from '../spec/support/zookeeper-server.js';
import { Contender } from './contender.js';
import { bundleContender } from './contender-bundle.js';
import { commit, machine, versions } from './machine.js';
import { MEASUREMENTS } from './measurements.js';
import { Report } from './report.js';
import { Znodes } from './znodes.js';

const NAMES = [...MEASUREMENTS.keys()].join(', ');
const USAGE = `Usage: npm run bench -- [name ...] [--size N ...] [--rounds N] [--json]

Each contender, in a process of its own, in turn, a round to warm the server up and then several: ours, a loop
written by hand on node-zookeeper-client, and kazoo where there is a Python that has it.

  name      of a measurement (default all): ${NAMES}
  --size    in place of the sizes of each measurement: changes or watches; can be given again
  --rounds  how often each is measured (default 5)
  --json    prints JSON in place of the tables

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

async function contenderCommands(): Promise<Map<string, readonly string[]>> {
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

async function main({ names, sizes, rounds, json }: ReturnType<typeof options>): Promise<void> {
  const about = { machine: machine(), commit: await commit(), rounds };
  const commands = await contenderCommands();
  // Ticks of the usual length: what the server does at each is not to be measured.
  await using server = await ZooKeeperServer.start({ tickTime: 2_000 });
  const found = await versions(await server.fourLetterWord('srvr'));
  for (const command of commands.values()) {
    await using contender = await Contender.start(command, server.connectString);
    Object.assign(found, contender.versions);
  }
  const znodes = new Znodes(server.port);
  const report = new Report();
  for (const name of names) {
    const measurement = MEASUREMENTS.get(name);
    if (!measurement) continue;
    const all = [...commands].filter(([contender]) => contender === 'ours' || !measurement.oursAlone);
    for (const size of sizes.length > 0 ? sizes : measurement.sizes) {
      // The server is slow at what it has not done often: whoever came first would pay for it.
      for (const [contender, command] of all) {
        console.error(`${name}, ${size}: warming up, ${contender}`);
        await measurement.run({ port: server.port, znodes, command }, size);
      }
      for (let round = 0; round < rounds; round += 1) {
        const first = round % all.length;
        for (const [contender, command] of [...all.slice(first), ...all.slice(0, first)]) {
          console.error(`${name}, ${size}: round ${round + 1} of ${rounds}, ${contender}`);
          const figures = await measurement.run({ port: server.port, znodes, command }, size);
          report.add(name, measurement.about(size), size, contender, figures);
        }
      }
    }
  }
  if (json) {
    console.log(JSON.stringify({ ...about, versions: found, results: report }, null, 2));
  } else {
    console.log(JSON.stringify({ ...about, versions: found }, null, 2));
    console.log(report.toTable([...commands.keys()]));
  }
}

const chosen = options();
if (chosen.help) console.log(USAGE);
else await main(chosen);
