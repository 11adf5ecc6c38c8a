import { fileURLToPath } from 'node:url';
import { findCommit } from '../testing/checkout.js';
import { findCurator } from '../testing/find-curator.js';
import { findPeers } from '../testing/find-peers.js';
import { bundleContender } from './contender-bundle.js';
import { compileCuratorContender } from './curator-classes.js';
import { BY_HAND, CURATOR, DATA_WATCHES, OVER_TLS, RAW_CHUNKS, SINGLE_READS } from './measurements/measurement.js';
import { MEASUREMENTS, takesPart } from './measurements.js';
import type { ContenderName, Options } from './options.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The command that starts each contender's process, by the contender's name in the report. */
export type Commands = ReadonlyMap<string, readonly string[]>;

/** The commands of the chosen contenders, and the name of the one that runs another checkout. */
export async function contenderCommands({
  contenders,
  against,
  names,
}: Options): Promise<{ commands: Commands; otherCheckout: string | null }> {
  const commands = new Map<string, readonly string[]>();
  const node = [process.execPath, '--expose-gc'];
  const bundle = await bundleContender(ROOT);
  commands.set('ours', [...node, bundle, 'ours']);
  const otherCheckout = against && `ours at ${(await findCommit(against))?.slice(0, 10) ?? against}`;
  if (against && otherCheckout) commands.set(otherCheckout, [...node, await bundleContender(against), 'ours']);
  const isWanted = (contender: ContenderName, name: string): boolean =>
    contenders.has(contender) && names.some((measurement) => hasPart(name, measurement));
  if (isWanted('tls', OVER_TLS)) commands.set(OVER_TLS, [...node, bundle, 'ours-over-tls']);
  if (isWanted('by-hand', BY_HAND)) commands.set(BY_HAND, [...node, bundle, 'by-hand']);
  if (isWanted('kazoo', 'kazoo')) await addKazoo(commands);
  if (isWanted('curator', CURATOR)) await addCurator(commands);
  if (isWanted('single-reads', SINGLE_READS)) commands.set(SINGLE_READS, [...node, bundle, 'single-reads']);
  if (isWanted('data-watches', DATA_WATCHES)) commands.set(DATA_WATCHES, [...node, bundle, 'ours']);
  if (isWanted('raw-chunks', RAW_CHUNKS)) commands.set(RAW_CHUNKS, [...node, bundle, 'ours']);
  return { commands, otherCheckout };
}

function hasPart(contender: string, name: string): boolean {
  const measurement = MEASUREMENTS.get(name);
  return measurement !== undefined && takesPart(contender, measurement);
}

async function addCurator(commands: Map<string, readonly string[]>): Promise<void> {
  const curator = findCurator();
  if (curator === null) {
    console.error(
      'Without Curator: run `apt-get install libcurator-recipes-java default-jdk-headless`, or set CURATOR_CLASSPATH ' +
        'and have a JDK in JAVA_HOME or on the PATH.',
    );
    return;
  }
  commands.set(CURATOR, await compileCuratorContender(curator));
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
