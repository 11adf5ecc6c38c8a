/** A client in a thread of its own, whose event loop is kept busy. */
import { stat } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { ZooKeeperClient } from '../../../index.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import type { BusyCase, BusyReport, Entry } from './busy-thread.js';

const DOZE = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the event loop without using the processor. */
const block = (ms: number): void => void Atomics.wait(DOZE, 0, 0, ms);

/** Calls back in a phase of the event loop. */
const enter: Readonly<Record<Entry, (step: () => void) => void>> = {
  // By way of an immediate: on a slow machine one timer would follow another without a poll phase.
  timer: (step) => setImmediate(() => setTimeout(step, 1)),
  immediate: (step) => setImmediate(step),
  microtask: (step) => setImmediate(() => queueMicrotask(step)),
  poll: (step) => stat('.', step),
};

/** Keeps the loop busy in pieces, one in each turn. */
function beBusy(piece: number, ms: number, entry: Entry): Promise<void> {
  const end = performance.now() + ms;
  return new Promise((resolve) => {
    const step = (): void => {
      block(piece);
      if (performance.now() < end) enter[entry](step);
      else resolve();
    };
    enter[entry](step);
  });
}

const port = parentPort;
if (!port) throw new Error('not the main thread');

async function run({
  connectString,
  sessionTimeout,
  piece,
  pieces,
  entry,
  path,
  isCut,
}: BusyCase): Promise<BusyReport> {
  const client = new ZooKeeperClient(connectString, { sessionTimeout, logger: new RecordingLogger() });
  const states: BusyReport['states'] = [];
  await client.connect();
  const { sessionId } = client;
  // A watch, which must be armed again.
  await client.create(path, '', { mode: 'ephemeral' });
  await client.exists(path, () => {});
  client.on('state', (state) => states.push({ state, at: Date.now() }));
  port?.postMessage('ready');
  const isSuspended = new Promise<void>((resolve) => client.on('state', () => resolve()));
  if (isCut) {
    port?.postMessage('cut');
    // Until the end, so that the session begins its timeout just before.
    while (client.state === 'connected') await Promise.race([client.sync('/'), isSuspended]);
  }
  await beBusy(piece, piece * pieces, entry);
  const freeAt = Date.now();
  while (client.state !== 'connected' && Date.now() < freeAt + 2 * sessionTimeout) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // Answered by the server itself.
  const owner = (await client.exists(path))?.ephemeralOwner ?? null;
  const report = { states: [...states], freeAt, isSameSession: client.sessionId === sessionId && owner === sessionId };
  await client.close();
  return report;
}

run(workerData as BusyCase).then(
  (report) => port.postMessage(report),
  (error: unknown) => port.postMessage({ error: String(error) }),
);
