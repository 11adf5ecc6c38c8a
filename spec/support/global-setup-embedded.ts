import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { eventually } from '../../testing/eventually.js';
import { findPeers } from '../../testing/find-peers.js';
import { ServerProcess } from '../../testing/server-process.js';
import { isSecureRequested } from '../../testing/transport.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

// In a process of its own: transforms keep this one busy at times, and answers would be late.
const SCRIPT = `
  import { EmbeddedZooKeeper } from './lib/embedded/index.ts';
  const { port } = await EmbeddedZooKeeper.start({ tickTime: 100 });
  console.log('port ' + port);
`;

/** Starts the one embedded server that all spec files of the project share. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (isSecureRequested()) throw new Error('SPEC_TRANSPORT=mtls needs --project real: only real servers listen so');
  const run = new ServerProcess(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', SCRIPT], ROOT);
  project.provide('server', { kind: 'embedded', port: await printedPort(run) });
  project.provide('peers', await findPeers());
  return async () => {
    if (run.hasExited) throw new Error(`The embedded server ended before the specs did:\n${run.log}`);
    await run.kill();
  };
}

async function printedPort(run: ServerProcess): Promise<number> {
  let port: string | undefined;
  await eventually(
    () => {
      port = /^port (\d+)$/m.exec(run.log)?.[1];
      return port !== undefined || run.hasExited;
    },
    { within: 30_000, describe: 'the port of the embedded server' },
  );
  if (port === undefined) throw new Error(`The embedded server ended before it served:\n${run.log}`);
  return Number(port);
}
