/** Measures the way of single changes to data watches. */
import { now } from '../clock.js';
import { Contender } from '../contender.js';
import type { Counts } from '../contender-protocol.js';
import { quantile } from '../statistics.js';
import { WireCounter } from '../wire-counter.js';
import { changeFrames, runPipelined } from '../znodes.js';
import { everyNth, type Figures, type Measurement, type Setup, start } from './measurement.js';

/** The total number of changes, of which each znode has at least one. */
const CHANGES = 20_000;
/** Enough for V8 to compile all code on the way of a change. */
const WARMING_CHANGES = 3_000;
const FAN_OUT_CHANGES = 10;
/** The changes whose reads are counted. */
const COUNTED_CHANGES = 5;

export const changesOfEach = (size: number): number => Math.max(Math.round(CHANGES / size), 1);

async function runLatency(setup: Setup, size: number): Promise<Figures> {
  await using contender = await start(setup);
  await contender.arm(await setup.znodes.paths(1));
  using writer = await setup.znodes.writer();
  const changeOnce = async (): Promise<number> => {
    const sequence = setup.znodes.nextSequence();
    const frames = changeFrames([[0, sequence]]);
    let startedAt = 0;
    const { endedAt } = await contender.follow(sequence, () => {
      startedAt = now();
      return writer.run(frames, 1);
    });
    return endedAt - startedAt;
  };
  for (let index = 0; index < WARMING_CHANGES; index += 1) await changeOnce();
  const latencies: number[] = [];
  for (let index = 0; index < size; index += 1) latencies.push(await changeOnce());
  return { 'p50, ms': quantile(latencies, 0.5), 'p99, ms': quantile(latencies, 0.99) };
}

async function runThroughput(setup: Setup, size: number): Promise<Figures> {
  await using contender = await start(setup);
  await contender.arm(await setup.znodes.paths(size));
  const changeAll = async (): Promise<Counts & { tookMs: number }> => {
    // A new writer each time: it sends no pings while the last calls come.
    using writer = await setup.znodes.writer();
    const sequences = Array.from({ length: changesOfEach(size) }, () => setup.znodes.nextSequence());
    const frames = changeFrames(sequences.flatMap((sequence) => everyNth(size, 1, sequence)));
    let startedAt = 0;
    const counts = await contender.follow(sequences.at(-1) ?? 0, () => {
      startedAt = now();
      return runPipelined(writer, frames);
    });
    return { ...counts, tookMs: counts.endedAt - startedAt };
  };
  await changeAll();
  const { calls, cpuMs, tookMs } = await changeAll();
  const changes = size * changesOfEach(size);
  return {
    'time until the last call, ms': tookMs,
    'calls/s': (calls / tookMs) * 1e3,
    'calls per change': calls / changes,
    'CPU per call, µs': (cpuMs / calls) * 1e3,
    'CPU per change, µs': (cpuMs / changes) * 1e3,
  };
}

async function runFanOut(setup: Setup, size: number): Promise<Figures> {
  await using contender = await start(setup);
  const { times, cpu } = await changeOne(setup, contender, size, FAN_OUT_CHANGES);
  return {
    'time until the last call, ms': quantile(times, 0.5),
    'CPU, ms': quantile(cpu, 0.5),
    ...(setup.isReadable && { 'reads per change': await readsPerChange(setup, size) }),
  };
}

/** Counts in another process, because counting takes time too. */
async function readsPerChange(setup: Setup, size: number): Promise<number> {
  await using counter = await WireCounter.listen(setup.port);
  await using contender = await Contender.start(setup.command, counter.connectString);
  await changeOne(setup, contender, size, COUNTED_CHANGES, () => counter.reset());
  return counter.reads / COUNTED_CHANGES;
}

async function changeOne(
  setup: Setup,
  contender: Contender,
  watches: number,
  changes: number,
  warmedUp: () => void = () => {},
): Promise<{ times: number[]; cpu: number[] }> {
  await contender.arm(await setup.znodes.paths(1), watches);
  using writer = await setup.znodes.writer();
  const times: number[] = [];
  const cpu: number[] = [];
  for (let index = 0; index <= changes; index += 1) {
    const sequence = setup.znodes.nextSequence();
    const frames = changeFrames([[0, sequence]]);
    let startedAt = 0;
    const { endedAt, cpuMs } = await contender.follow(sequence, () => {
      startedAt = now();
      return writer.run(frames, 1);
    });
    // The first change warms up.
    if (index === 0) warmedUp();
    if (index > 0) times.push(endedAt - startedAt);
    if (index > 0) cpu.push(cpuMs);
  }
  return { times, cpu };
}

export const latency: Measurement = {
  about: (size) => `one znode, ${size} changes, each made after the call for the previous one`,
  // Enough that one burst of the server's own threads, some 30 changes, does not decide the 99th percentile.
  sizes: [10_000],
  warmsUp: true,
  run: runLatency,
};

export const throughput: Measurement = {
  about: (size) => `${size} znodes with a watch each, changes of each, pipelined: ${changesOfEach(size)}`,
  sizes: [1_000, 10_000, 100_000],
  warmsUp: true,
  run: runThroughput,
};

export const sharedThroughput: Measurement = {
  ...throughput,
  about: (size) => `${throughput.about(size)}; contenders share the processors with the server`,
  sizes: [1_000],
  sharesProcessors: true,
};

export const fanOut: Measurement = {
  about: (size) => `one change of a znode with ${size} watches, median of ${FAN_OUT_CHANGES}`,
  sizes: [1_000],
  warmsUp: true,
  run: runFanOut,
};
