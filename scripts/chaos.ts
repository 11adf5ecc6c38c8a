/**
 * Attacks watches with faults: `npm run chaos -- --minutes 5 --seed 42 --servers real`. Exits with 1 when the delivery
 * contract was broken, and prints the events that led to it.
 */
import { parseArgs } from 'node:util';
import { runChaos } from '../spec/attacks/chaos/chaos-run.js';

const USAGE = `Usage: npm run chaos -- [--minutes N] [--seed S] [--servers real|embedded] [--tls]

Writers change a tree while watches of every kind follow it through fault proxies, and faults rain.
Every call of a watch is held to the delivery contract, and at quiet points to what the servers hold.

  --minutes  how long (default 1)
  --seed     of the faults and the writes (default: a new one, which is printed)
  --servers  three real ZooKeeper servers, or the embedded one (default real)
  --tls      all clients connect over TLS, with a certificate that the servers demand; the proxies must see no plain text

The seed fixes which faults and which writes are tried, in which order and with which pauses.
Real time is not deterministic: how they interleave differs from run to run.`;

/** How long the process may live on when all is closed. */
const EXIT_WITHIN = 5_000;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
        servers: { type: 'string', default: 'real' },
        tls: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
    const { servers, tls: isSecure, help } = values;
    if (servers !== 'real' && servers !== 'embedded') throw new Error('--servers must be real or embedded');
    if (!(minutes > 0)) throw new Error('--minutes must be a number above 0');
    if (!Number.isInteger(seed)) throw new Error('--seed must be a whole number');
    return { minutes, seed, servers, isSecure, help } as const;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { minutes, seed, servers, isSecure, help } = options();
const secured = isSecure ? ' over TLS' : '';
if (help) {
  console.log(USAGE);
} else {
  console.log(`chaos: seed ${seed}, ${minutes} minutes, ${servers} servers${secured}`);
  const chronicle = await runChaos({ minutes, seed, servers, isSecure, report: (line) => console.log(line) });
  for (const story of chronicle.stories) console.log(`\n${story}\n`);
  for (const line of chronicle.serversDisagree) console.log(line);
  console.log(chronicle.summary());
  if (chronicle.violations > 0) {
    console.log(
      `again: npm run chaos -- --minutes ${minutes} --seed ${seed} --servers ${servers}${isSecure ? ' --tls' : ''}`,
    );
    process.exitCode = 1;
  }
  const leaked = setTimeout(() => {
    console.log(`VIOLATION: the process does not end by itself: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, EXIT_WITHIN);
  leaked.unref();
}
