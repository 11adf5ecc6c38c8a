/** A PatientChildrenWatch in a thread of its own, whose event loop stands still while the children change. */
import { parentPort, workerData } from 'node:worker_threads';
import { PatientChildrenWatch, ZooKeeperClient } from '../../../index.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import type { BlockedPatience } from './busy-thread.js';

const port = parentPort;
if (!port) throw new Error('not the main thread');

async function run({ connectString, sessionTimeout, path, timeBoundary, blocked }: BlockedPatience): Promise<string[]> {
  const client = await new ZooKeeperClient(connectString, { sessionTimeout, logger: new RecordingLogger() }).connect();
  const settled = new PatientChildrenWatch(client, path, { timeBoundary }).start();
  // Answered after the children were read, and their watch armed.
  await client.sync('/');
  port?.postMessage('blocked');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blocked);
  const { children } = await settled;
  await client.close();
  return children;
}

run(workerData as BlockedPatience).then(
  (children) => port.postMessage(children),
  (error: unknown) => port.postMessage({ error: String(error) }),
);
