/**
 * Counts the functions and files that a watch passes: from `new DataWatch` to the bytes of its request, and from the
 * bytes of a notification to the user's function.
 *
 *     npm run journeys -- --list                    every function, in order
 *     npm run journeys -- --in ../another-checkout  of another commit of this project, with its node_modules
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { printFigures, printSteps } from './journeys/figures.js';
import { instrument } from './journeys/instrument.js';
import { type Entry, Recording, type Turn } from './journeys/recording.js';
import { onGetDataWritten, onNotificationArrived } from './journeys/socket-taps.js';

type Library = typeof import('../index.js');

type Steps = readonly (Entry | Turn)[];

/** The journeys of a checkout's library, against an embedded server in another process. */
async function travel(entry: string): Promise<{ down: Steps; up: Steps }> {
  const recording = new Recording();
  const { DataWatch, ZooKeeperClient }: Library = await import(pathToFileURL(entry).href);
  const server = fork(fileURLToPath(new URL('journeys/server.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  try {
    const [connectString] = await once(server, 'message');
    const client = await new ZooKeeperClient(connectString).connect();
    const down = new Promise<Steps>((done) => onGetDataWritten(() => done(recording.end())));
    let arrived = (_: Steps): void => {};
    const up = new Promise<Steps>((done) => {
      arrived = done;
    });
    recording.begin();
    const watch = new DataWatch(client, '/journey', (data) => {
      if (String(data) === 'after') arrived(recording.end());
    });
    const journeys = { down: await down, up };
    await watch.ready;
    onNotificationArrived(() => recording.begin());
    server.send('after');
    const result = { ...journeys, up: await up };
    await client.close();
    return result;
  } finally {
    server.disconnect();
  }
}

const { values } = parseArgs({
  options: { in: { type: 'string' }, list: { type: 'boolean', default: false } },
});
const checkout = values.in === undefined ? fileURLToPath(new URL('..', import.meta.url)) : resolve(values.in);
const folder = await mkdtemp(join(tmpdir(), 'zk-recipes-journeys-'));
try {
  const { down, up } = await travel(await instrument(checkout, folder));
  for (const [title, steps] of [
    ['From the constructor of a DataWatch to the bytes of its getData', down],
    ['From the bytes of a notification to the call of the function', up],
  ] as const) {
    printFigures(title, steps);
    if (values.list) printSteps(steps);
  }
} finally {
  await rm(folder, { recursive: true });
}
