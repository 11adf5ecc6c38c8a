/** Measures the recovery from the end of a connection, and of a session. */
import { FaultProxy } from '../../testing/fault-proxy.js';
import { endSession } from '../../testing/session-killer.js';
import { SESSION_TIMEOUT } from '../clients/client.js';
import { now } from '../clock.js';
import { Contender } from '../contender.js';
import type { Counts } from '../contender-protocol.js';
import { changeFrames, runPipelined } from '../znodes.js';
import { everyNth, type Figures, longestBlock, type Measurement, type Setup } from './measurement.js';

/** One znode in this many changes while the connection is cut. */
const EVERY_NTH = 10;
const CONNECTED_WITHIN = 30_000;
/** The limit for contenders that never recover. */
const LIMIT_MS = 60_000;
/** The most watches of kazoo that are measured. */
const MOST_THREADS = 10_000;

/** The cost of a recovery, and the time at which the contender was connected again. */
export interface Recovery {
  readonly counts: Counts;
  readonly acceptedAt: number;
}

/** The changes of a recovery, of every nth znode. */
interface Changes {
  readonly framesOf: (sequence: number) => readonly Buffer[];
  readonly everyNth: number;
  readonly limitMs: number;
  readonly whileCut?: () => Promise<unknown>;
}

/** Changes znodes while the contender's connection is cut, until it was called for each of them. */
export async function cutAndFollow(
  { znodes }: Setup,
  proxy: FaultProxy,
  contender: Contender,
  { framesOf, everyNth, limitMs, whileCut }: Changes,
): Promise<Recovery> {
  const sequence = znodes.nextSequence();
  const frames = framesOf(sequence);
  let acceptedAt = 0;
  const cutAndChange = async (): Promise<void> => {
    proxy.refuse();
    proxy.cut();
    await proxy.waitForConnections(0);
    await whileCut?.();
    using writer = await znodes.writer();
    await runPipelined(writer, frames);
    await proxy.accept();
    await proxy.waitForConnections(1, CONNECTED_WITHIN);
    acceptedAt = now();
  };
  const counts = await contender.follow(sequence, cutAndChange, { everyNth, measuresBlocks: true, limitMs });
  return { counts, acceptedAt };
}

/** @param meanwhile prepares, and returns, the action for the time when no connection can be made */
async function recover(
  setup: Setup,
  size: number,
  meanwhile: (contender: Contender) => Promise<() => Promise<unknown>>,
): Promise<Figures> {
  const { znodes, port, command } = setup;
  const paths = await znodes.paths(size);
  await using proxy = await FaultProxy.listen({ host: '127.0.0.1', port });
  await using contender = await Contender.start(command, proxy.connectString);
  await contender.arm(paths);
  const whileCut = await meanwhile(contender);
  const { counts, acceptedAt } = await cutAndFollow(setup, proxy, contender, {
    framesOf: (sequence) => changeFrames(everyNth(size, EVERY_NTH, sequence)),
    everyNth: EVERY_NTH,
    limitMs: LIMIT_MS,
    whileCut,
  });
  // Ends only when every watch is armed again.
  const afterwards = znodes.nextSequence();
  const frames = changeFrames(everyNth(size, 1, afterwards));
  using writer = await znodes.writer();
  await contender.follow(afterwards, () => runPipelined(writer, frames), { limitMs: LIMIT_MS });
  return {
    ...(counts.connectedAt !== null && { 'connection to all armed, ms': counts.connectedAt - acceptedAt }),
    'connection to the last call, ms': counts.endedAt - acceptedAt,
    'calls per change': counts.calls / Math.ceil(size / EVERY_NTH),
    'CPU, ms': counts.cpuMs,
    'CPU of each watch, µs': (counts.cpuMs / size) * 1e3,
    ...longestBlock(counts.longestBlockMs),
  };
}

async function expire({ port }: Setup, contender: Contender): Promise<() => Promise<void>> {
  const { id, password } = await contender.session();
  const session = { id: BigInt(id), password: Buffer.from(password, 'base64') };
  return () => endSession(session, SESSION_TIMEOUT, { host: '127.0.0.1', port });
}

const missing = (contender: string, size: number): string | null =>
  contender === 'kazoo' && size > MOST_THREADS
    ? `not above ${MOST_THREADS} watches: its recovery starts a thread for each`
    : null;

export const recovery: Measurement = {
  about: (size) => `${size} data watches after a cut, every ${EVERY_NTH}th znode changed meanwhile`,
  sizes: [1_000, 10_000, 100_000],
  warmsUp: true,
  missing,
  run: (setup, size) => recover(setup, size, async () => async () => {}),
};

export const expiry: Measurement = {
  about: (size) => `${size} data watches after the end of the session, every ${EVERY_NTH}th znode changed meanwhile`,
  sizes: [10_000, 100_000],
  warmsUp: true,
  missing,
  run: (setup, size) => recover(setup, size, (contender) => expire(setup, contender)),
};
