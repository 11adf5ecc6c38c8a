import { fileURLToPath } from 'node:url';
import { findCommit } from '../testing/checkout.js';
import { findPeers } from '../testing/find-peers.js';
import { bundleContender } from './contender-bundle.js';
import { OVER_TLS } from './measurements/measurement.js';
import type { Options } from './options.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The command that starts each contender's process, by the contender's name in the report. */
export type Commands = ReadonlyMap<string, readonly string[]>;

/** The commands of the chosen contenders, and the name of the one that runs another checkout. */
export async function contenderCommands({
  contenders,
  against,
}: Options): Promise<{ commands: Commands; otherCheckout: string | null }> {
  const commands = new Map<string, readonly string[]>();
  const node = [process.execPath, '--expose-gc'];
  const bundle = await bundleContender(ROOT);
  commands.set('ours', [...node, bundle, 'ours']);
  const otherCheckout = against && `ours at ${(await findCommit(against))?.slice(0, 10) ?? against}`;
  if (against && otherCheckout) commands.set(otherCheckout, [...node, await bundleContender(against), 'ours']);
  if (contenders.has('tls')) commands.set(OVER_TLS, [...node, bundle, 'ours-over-tls']);
  if (contenders.has('by-hand')) commands.set('by hand', [...node, bundle, 'by-hand']);
  if (contenders.has('kazoo')) await addKazoo(commands);
  return { commands, otherCheckout };
}

async function addKazoo(commands: Map<string, readonly string[]>): Promise<void> {
  const { kazooPython } = await findPeers();
  if (kazooPython === null) {
    console.error('Without kazoo: run `apt-get install python3-kazoo`, or have a python3 with kazoo on the PATH.');
    return;
  }
  const script = fileURLToPath(new URL('./kazoo/contender.py', import.meta.url));
  commands.set('kazoo', [kazooPython, '-B', script]);
}
