/** Measures large blobs beside raw chunks, and watches of small blobs beside those of znodes. */
import { BlobChild } from '../blobs/blob-child.js';
import { changeOf } from '../blobs/small-blobs.js';
import type { Streamed, Streaming, Transfer, Transferred } from '../blobs/transfer-process.js';
import type { Armed, Called, Watching } from '../blobs/watch-process.js';
import { now } from '../clock.js';
import { quantile } from '../statistics.js';
import { WireCounter } from '../wire-counter.js';
import { DATA_WATCHES, type Figures, type Measurement, OURS, RAW_CHUNKS, type Setup } from './measurement.js';

/** Streams that are written and read, the first included. */
const STREAMS = 6;
const MIB = 1_024 * 1_024;
/** Chunks in flight: as many as a blob has, in its window of 2 MiB, and twice as many. */
const [AS_A_BLOB, TWICE] = [4, 8];
/** Within one process. */
const TRANSFERS = 5;
const WARMING_CHANGES = 2_000;
const CHANGES = 3_000;
const COUNTED_CHANGES = 100;

async function runTransfer({ prefix, port, contender }: Setup, mebibytes: number): Promise<Figures> {
  const size = mebibytes * MIB;
  const connectString = `127.0.0.1:${port}`;
  await using child = await BlobChild.start<Transfer | Streaming>('transfer-process', prefix, [connectString]);
  const how = contender === OURS ? 'blob' : 'chunks';
  const measure = (inFlight: number): Promise<Transferred> => child.ask({ how, inFlight, size, rounds: TRANSFERS });
  const transferred = await measure(AS_A_BLOB);
  const figures: Figures = {
    'put, ms': quantile(transferred.putMs, 0.5),
    'get, ms': quantile(transferred.getMs, 0.5),
    'CPU of a put, ms': quantile(transferred.putCpuMs, 0.5),
    'CPU of a get, ms': quantile(transferred.getCpuMs, 0.5),
  };
  if (contender === OURS) return { ...figures, ...(await runStreams(prefix, connectString, size)) };
  const twice = await measure(TWICE);
  return {
    ...figures,
    [`put with ${TWICE} in flight, ms`]: quantile(twice.putMs, 0.5),
    [`get with ${TWICE} in flight, ms`]: quantile(twice.getMs, 0.5),
  };
}

/** In another process. What a process needs once, for its first stream, is apart from the rest. */
async function runStreams(prefix: readonly string[], connectString: string, size: number): Promise<Figures> {
  await using child = await BlobChild.start<Streaming>('transfer-process', prefix, [connectString]);
  const { fileGrowth, putGrowths, getGrowths, streamGrowth } = await child.ask<Streamed>({
    how: 'streams',
    size,
    rounds: STREAMS,
  });
  return {
    ...growth('the file read by Node alone, first', [fileGrowth]),
    ...growth('the first put from it', putGrowths.slice(0, 1)),
    ...growth('the first get', getGrowths.slice(0, 1)),
    ...growth('a further put, at most', putGrowths.slice(1)),
    ...growth('a further get, at most', getGrowths.slice(1)),
    ...growth("a put of Node's stream of it, last", [streamGrowth]),
  };
}

function growth(name: string, bytes: readonly (number | null)[]): Figures {
  const known = bytes.filter((each) => each !== null);
  return known.length === 0 ? {} : { [`resident growth of ${name}, MiB`]: Math.max(...known) / MIB };
}

async function runWatches(setup: Setup, size: number): Promise<Figures> {
  const { prefix, port, znodes, contender } = setup;
  using writer = await znodes.writer();
  await setup.smallBlobs.create(size);
  await using child = await BlobChild.start<Watching>('watch-process', prefix, [`127.0.0.1:${port}`]);
  const how = contender === OURS ? 'blobs' : 'znodes';
  const { tookMs, cpuMs } = await child.ask<Armed>({ do: 'arm', how, count: size });
  const changeOnce = async (): Promise<number> => {
    const sequence = znodes.nextSequence();
    const frames = [changeOf(sequence % size, sequence)];
    const called = child.ask<Called>({ do: 'wait', sequence });
    const startedAt = now();
    await writer.run(frames, 1);
    return (await called).calledAt - startedAt;
  };
  for (let index = 0; index < WARMING_CHANGES; index += 1) await changeOnce();
  const latencies: number[] = [];
  for (let index = 0; index < CHANGES; index += 1) latencies.push(await changeOnce());
  return {
    'arming, ms': tookMs,
    'CPU of arming each, µs': (cpuMs / size) * 1e3,
    'latency p50, ms': quantile(latencies, 0.5),
    'latency p99, ms': quantile(latencies, 0.99),
    ...(await countRequests(setup, how, size)),
  };
}

/** Counts in another process, because counting takes time too. */
async function countRequests({ prefix, port, znodes }: Setup, how: 'blobs' | 'znodes', size: number): Promise<Figures> {
  await using counter = await WireCounter.listen(port);
  await using child = await BlobChild.start<Watching>('watch-process', prefix, [counter.connectString]);
  await child.ask<Armed>({ do: 'arm', how, count: size });
  const toArm = counter.requests;
  counter.reset();
  using writer = await znodes.writer();
  for (let change = 0; change < COUNTED_CHANGES; change += 1) {
    const sequence = znodes.nextSequence();
    const called = child.ask<Called>({ do: 'wait', sequence });
    await writer.run([changeOf(sequence % size, sequence)], 1);
    await called;
  }
  return {
    'requests to arm each': toArm / size,
    'requests per change': counter.requests / COUNTED_CHANGES,
  };
}

export const blobs: Measurement = {
  about: (size) => `a content of ${size} MiB, as a blob and as chunks in znodes; medians of ${TRANSFERS}`,
  sizes: [16],
  warmsUp: true,
  takesPart: (contender) => contender === OURS || contender === RAW_CHUNKS,
  run: runTransfer,
};

export const blobWatches: Measurement = {
  about: (size) => `${size} watches of small blobs, and of the znodes that have them; ${CHANGES} changes in turn`,
  sizes: [1_000],
  warmsUp: true,
  takesPart: (contender) => contender === OURS || contender === DATA_WATCHES,
  run: runWatches,
};
