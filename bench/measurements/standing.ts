/** Measures the arming of many data watches, and their cost while nothing changes. */
import { type Figures, longestBlock, type Measurement, type Setup, start } from './measurement.js';

const REST_MS = 30_000;
/** Long enough for V8 to collect the garbage of arming. */
const SETTLED_MS = 60_000;

async function runArming(setup: Setup, size: number): Promise<Figures> {
  const paths = await setup.znodes.paths(size);
  await using contender = await start(setup);
  const { tookMs, cpuMs, heapBytes, residentBytes, longestBlockMs } = await contender.arm(paths);
  return {
    'time, ms': tookMs,
    'CPU, ms': cpuMs,
    'CPU of each, µs': (cpuMs / size) * 1e3,
    ...(heapBytes !== null && { 'heap of each, bytes': heapBytes / size }),
    'resident memory of each, bytes': residentBytes / size,
    ...longestBlock(longestBlockMs),
  };
}

async function runIdle(setup: Setup, size: number): Promise<Figures> {
  const paths = await setup.znodes.paths(size);
  await using contender = await start(setup);
  await contender.arm(paths);
  const restFor = async (ms: number) => {
    const { cpuMs, tookMs } = await contender.rest(ms);
    return (cpuMs / tookMs) * 100;
  };
  const atFirst = await restFor(REST_MS);
  await contender.rest(SETTLED_MS - REST_MS);
  return { 'CPU in the first 30 s, % of a core': atFirst, 'CPU a minute later, % of a core': await restFor(REST_MS) };
}

export const arming: Measurement = {
  about: (size) => `${size} data watches on as many znodes, until each has made its first call`,
  sizes: [1_000, 10_000, 100_000],
  warmsUp: true,
  run: runArming,
};

export const idle: Measurement = {
  about: (size) => `${size} data watches for ${REST_MS / 1e3} s without a change`,
  sizes: [100_000],
  warmsUp: false,
  mostRounds: 2,
  missing: (contender) => (contender === 'kazoo' ? 'not measured: its arming takes too long' : null),
  run: runIdle,
};
