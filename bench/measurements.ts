import { FaultProxy } from '../spec/support/fault-proxy.js';
import { Contender, type Counts, now } from './contender.js';
import { quantile } from './statistics.js';
import { type Change, change, changeFrames, type Znodes } from './znodes.js';

/** What was measured of one contender in one round, by name. */
export type Figures = Readonly<Record<string, number>>;

/** Where a measurement takes place. */
export interface Stage {
  readonly port: number;
  readonly znodes: Znodes;
  /** How a contender's process is started. */
  readonly command: readonly string[];
}

export interface Measurement {
  readonly about: (size: number) => string;
  readonly sizes: readonly number[];
  /** The others have nothing of the kind. */
  readonly oursAlone?: true;
  run(stage: Stage, size: number): Promise<Figures>;
}

const CHANGES_OF_EACH = 20;
const FAN_OUT_CHANGES = 10;
/** In a recovery one znode of so many has changed meanwhile. */
const EVERY_NTH = 10;
const CONNECTED_WITHIN = 60_000;

const start = ({ command, port }: Stage): Promise<Contender> => Contender.start(command, `127.0.0.1:${port}`);

async function latency(stage: Stage, size: number): Promise<Figures> {
  await using contender = await start(stage);
  await contender.arm(await stage.znodes.paths(1));
  using writer = await stage.znodes.writer();
  const changeOnce = async (): Promise<number> => {
    const sequence = stage.znodes.nextSequence();
    const frames = changeFrames([[0, sequence]]);
    let startedAt = 0;
    const { endedAt } = await contender.follow(sequence, () => {
      startedAt = now();
      return writer.run(frames, 1);
    });
    return endedAt - startedAt;
  };
  for (let index = 0; index < size / 10; index += 1) await changeOnce();
  const latencies: number[] = [];
  for (let index = 0; index < size; index += 1) latencies.push(await changeOnce());
  return { 'p50, ms': quantile(latencies, 0.5), 'p99, ms': quantile(latencies, 0.99) };
}

async function throughput(stage: Stage, size: number): Promise<Figures> {
  await using contender = await start(stage);
  await contender.arm(await stage.znodes.paths(size));
  using writer = await stage.znodes.writer();
  const changeAll = async (changesOfEach: number): Promise<Counts & { tookMs: number }> => {
    const sequences = Array.from({ length: changesOfEach }, () => stage.znodes.nextSequence());
    const changes = sequences.flatMap((sequence) => everyNth(size, 1, sequence));
    let startedAt = 0;
    const counts = await contender.follow(sequences.at(-1) ?? 0, () => {
      startedAt = now();
      return change(writer, changes);
    });
    return { ...counts, tookMs: counts.endedAt - startedAt };
  };
  await changeAll(CHANGES_OF_EACH);
  const { calls, cpuMs, tookMs } = await changeAll(CHANGES_OF_EACH);
  return {
    'time until the last call, ms': tookMs,
    'calls/s': (calls / tookMs) * 1e3,
    'calls per change': calls / (size * CHANGES_OF_EACH),
    'CPU per call, µs': (cpuMs / calls) * 1e3,
    'CPU per change, µs': (cpuMs / (size * CHANGES_OF_EACH)) * 1e3,
  };
}

async function fanOut(stage: Stage, size: number): Promise<Figures> {
  await using contender = await start(stage);
  await contender.arm(await stage.znodes.paths(1), size);
  using writer = await stage.znodes.writer();
  const times: number[] = [];
  const cpu: number[] = [];
  for (let index = 0; index <= FAN_OUT_CHANGES; index += 1) {
    const sequence = stage.znodes.nextSequence();
    let startedAt = 0;
    const { endedAt, cpuMs } = await contender.follow(sequence, () => {
      startedAt = now();
      return change(writer, [[0, sequence]]);
    });
    // The first one warms up.
    if (index > 0) times.push(endedAt - startedAt);
    if (index > 0) cpu.push(cpuMs);
  }
  return { 'time until the last call, ms': quantile(times, 0.5), 'CPU, ms': quantile(cpu, 0.5) };
}

async function arming(stage: Stage, size: number): Promise<Figures> {
  const paths = await stage.znodes.paths(size);
  await using contender = await start(stage);
  const { tookMs, cpuMs, heapBytes, residentBytes, longestBlockMs } = await contender.arm(paths);
  return {
    'time, ms': tookMs,
    'CPU, ms': cpuMs,
    ...(heapBytes !== null && { 'heap of each, bytes': heapBytes / size }),
    'resident memory of each, bytes': residentBytes / size,
    ...blocks(longestBlockMs),
  };
}

async function recovery(stage: Stage, size: number): Promise<Figures> {
  const { znodes, port, command } = stage;
  const paths = await znodes.paths(size);
  await using proxy = await FaultProxy.listen({ host: '127.0.0.1', port });
  await using contender = await Contender.start(command, proxy.connectString);
  await contender.arm(paths);
  let connectedAt = 0;
  const cutAndChange = async (): Promise<void> => {
    proxy.refuse();
    proxy.cut();
    await proxy.waitForConnections(0);
    using writer = await znodes.writer();
    await change(writer, everyNth(size, EVERY_NTH, meanwhile));
    await proxy.accept();
    await proxy.waitForConnections(1, CONNECTED_WITHIN);
    connectedAt = now();
  };
  const meanwhile = znodes.nextSequence();
  const counts = await contender.follow(meanwhile, cutAndChange, { everyNth: EVERY_NTH, measuresBlocks: true });
  // Ends only if every watch is armed again.
  const afterwards = znodes.nextSequence();
  using writer = await znodes.writer();
  await contender.follow(afterwards, () => change(writer, everyNth(size, 1, afterwards)));
  return {
    'connection to the last call, ms': counts.endedAt - connectedAt,
    'calls per change': counts.calls / Math.ceil(size / EVERY_NTH),
    'CPU, ms': counts.cpuMs,
    ...blocks(counts.longestBlockMs),
  };
}

function everyNth(nodes: number, step: number, sequence: number): Change[] {
  return Array.from({ length: Math.ceil(nodes / step) }, (_, index) => [index * step, sequence] as const);
}

function blocks(longestBlockMs: number | null): Figures {
  return longestBlockMs === null ? {} : { 'longest block of the event loop, ms': longestBlockMs };
}

/** By the name that it is asked for with. */
export const MEASUREMENTS: ReadonlyMap<string, Measurement> = new Map<string, Measurement>([
  [
    'latency',
    {
      about: (size) => `one znode, ${size} changes, each made when the call for the one before has come`,
      sizes: [1_000],
      run: latency,
    },
  ],
  [
    'throughput',
    {
      about: (size) => `${size} znodes with a watch each, ${CHANGES_OF_EACH} changes of each, pipelined`,
      sizes: [1_000],
      run: throughput,
    },
  ],
  [
    'fan-out',
    {
      about: (size) => `one change of a znode with ${size} watches, median of ${FAN_OUT_CHANGES}`,
      sizes: [1_000],
      run: fanOut,
    },
  ],
  [
    'arming',
    {
      about: (size) => `${size} data watches on as many znodes, until each has made its first call`,
      sizes: [10_000, 100_000],
      run: arming,
    },
  ],
  [
    'recovery',
    {
      about: (size) => `${size} data watches after a cut, every ${EVERY_NTH}th znode changed meanwhile`,
      sizes: [10_000, 100_000],
      oursAlone: true,
      run: recovery,
    },
  ],
]);
