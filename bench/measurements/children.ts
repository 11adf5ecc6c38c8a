/** Measures watches on the children of one znode. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../clock.js';
import { Contender, MissingFiguresError } from '../contender.js';
import { quantile } from '../statistics.js';
import { WireCounter } from '../wire-counter.js';
import { creation, deletion, type Parent, runPipelined } from '../znodes.js';
import { BY_HAND, type Figures, type Measurement, OVER_TLS, type Setup, start } from './measurement.js';

const CHANGES = 1_000;
const BURSTS = 3;
/** The limit for a contender that loses the last change. */
const LIMIT_MS = 60_000;

const BOUNDARY_MS = 1_000;
/** The number of patient watches, each with its last change at another time within the boundary. */
const WAITS = 5;

interface Burst {
  readonly lastListMs: number;
  readonly reads: number;
  readonly calls: number;
  readonly cpuMs: number;
}

async function runChildren(setup: Setup, size: number): Promise<Figures> {
  const parent = await setup.znodes.parent(size);
  await using counter = await WireCounter.listen(setup.port);
  await using contender = await Contender.start(setup.command, counter.connectString);
  await contender.watchChildren(parent.path);
  // The first burst warms up.
  await burst(setup, parent, contender, counter);
  const bursts: Burst[] = [];
  let mostInFlight = 0;
  for (let index = 0; index < BURSTS; index += 1) {
    bursts.push(await burst(setup, parent, contender, counter));
    mostInFlight = Math.max(mostInFlight, counter.mostInFlight);
  }
  const median = (figure: keyof Burst): number =>
    quantile(
      bursts.map((one) => one[figure]),
      0.5,
    );
  return {
    'last change to the last list, ms': median('lastListMs'),
    [`the longest of ${BURSTS}, ms`]: Math.max(...bursts.map(({ lastListMs }) => lastListMs)),
    reads: median('reads'),
    'most reads in flight': mostInFlight,
    calls: median('calls'),
    'CPU, ms': median('cpuMs'),
  };
}

async function burst(setup: Setup, parent: Parent, contender: Contender, counter: WireCounter): Promise<Burst> {
  const pathOf = (child: string): string => `${parent.path}/${child}`;
  const name = (): string => `child-${setup.znodes.nextSequence()}-added`;
  const passing = Array.from({ length: CHANGES / 2 - 1 }, name);
  const last = [name(), name()] as const;
  const frames = [
    ...passing.flatMap((child) => [creation(pathOf(child)), deletion(pathOf(child))]),
    ...last.map((child) => creation(pathOf(child))),
  ];
  using writer = await setup.znodes.writer();
  counter.reset();
  let changedAt = 0;
  const change = async (): Promise<void> => {
    await runPipelined(writer, frames);
    changedAt = now();
  };
  try {
    const { endedAt, calls, cpuMs, digest } = await contender.followChildren(last[1], change, LIMIT_MS);
    if (digest !== digestOf([...parent.children, ...last])) {
      throw new MissingFiguresError('its last list differs from that of the server');
    }
    return { lastListMs: endedAt - changedAt, reads: counter.reads, calls, cpuMs };
  } finally {
    // The next burst needs the znode as it was.
    if (changedAt > 0) {
      await runPipelined(
        writer,
        last.map((child) => deletion(pathOf(child))),
      );
    }
  }
}

function digestOf(children: readonly string[]): string {
  return createHash('sha1')
    .update([...children].sort().join('\n'))
    .digest('hex');
}

async function runPatience(setup: Setup, size: number): Promise<Figures> {
  const { path } = await setup.znodes.parent(size);
  await using contender = await start(setup);
  using writer = await setup.znodes.writer();
  const overshoots: number[] = [];
  for (let wait = 0; wait < WAITS; wait += 1) {
    const lastAfterMs = ((wait + 0.5) / WAITS) * BOUNDARY_MS;
    const child = `${path}/child-${setup.znodes.nextSequence()}-added`;
    let changedAt = 0;
    const { settledAt } = await contender.settle(path, BOUNDARY_MS, async () => {
      await pause(lastAfterMs / 2);
      await writer.run([creation(child)], 1);
      await pause(lastAfterMs / 2);
      await writer.run([deletion(child)], 1);
      changedAt = now();
    });
    overshoots.push(settledAt - changedAt - BOUNDARY_MS);
  }
  return {
    'beyond the boundary, ms': quantile(overshoots, 0.5),
    [`the longest of ${WAITS}, ms`]: Math.max(...overshoots),
  };
}

export const children: Measurement = {
  about: (size) =>
    `one znode with ${size} children, ${CHANGES} creations and deletions, pipelined, through a proxy that counts`,
  sizes: [10_000],
  warmsUp: true,
  missing: (contender) => (contender === OVER_TLS ? 'not measured: its reads cannot be counted' : null),
  run: runChildren,
};

export const patience: Measurement = {
  about: (size) => `until ${size} children have not changed for ${BOUNDARY_MS} ms, from the last change`,
  sizes: [100],
  warmsUp: false,
  mostRounds: 3,
  missing: (contender) => (contender === BY_HAND ? 'node-zookeeper-client has no such watch' : null),
  run: runPatience,
};
