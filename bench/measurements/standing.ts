/** What many data watches cost that nothing happens to. */
import { type Figures, longestBlock, type Measurement, type Stage, start } from './measurement.js';

const REST_MS = 30_000;

async function runArming(stage: Stage, size: number): Promise<Figures> {
  const paths = await stage.znodes.paths(size);
  await using contender = await start(stage);
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

async function runIdle(stage: Stage, size: number): Promise<Figures> {
  const paths = await stage.znodes.paths(size);
  await using contender = await start(stage);
  await contender.arm(paths);
  const { cpuMs, tookMs } = await contender.rest(REST_MS);
  return { 'CPU, % of a core': (cpuMs / tookMs) * 100 };
}

export const arming: Measurement = {
  about: (size) => `${size} data watches on as many znodes, until each has made its first call`,
  sizes: [1_000, 10_000, 100_000],
  warmsUp: true,
  run: runArming,
};

export const idle: Measurement = {
  about: (size) => `${size} data watches for ${REST_MS / 1e3} s in which nothing changes`,
  sizes: [100_000],
  warmsUp: false,
  mostRounds: 2,
  missing: (contender) => (contender === 'kazoo' ? 'not measured: arming takes it too long' : null),
  run: runIdle,
};
