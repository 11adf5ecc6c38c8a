import { OBSERVING } from '../../../lib/core/limits.js';
import { int, long, withLength } from './bytes.js';
import { type Frame, notification } from './frame-mutations.js';
import type { Lane } from './lane.js';
import type { Lie } from './lies.js';
import type { FrameKind } from './reply-shapes.js';
import type { Manners, Stage } from './stage.js';

/** A server that keeps on doing something that no correct server does. */
export interface MisbehavingServer {
  readonly name: string;
  readonly manners: (stage: Stage) => Manners;
  /** A lie in it that no client could know for one. */
  readonly lie?: Lie;
  /** How long the client may pause after it, in ms: it repeats reads that fail ever more rarely. */
  readonly pause?: number;
}

const STRAY = Buffer.from([0x10, 0, 0, 0]);
/** The interval of an endless stream, in ms. */
const TICK = 20;

/** A reply without a record. */
function header(xid: number, zxid = 1n, err = 0): Buffer {
  return withLength(Buffer.concat([int(0), int(xid), long(zxid), int(err)]));
}

/** Sends the same bytes over and over to each connection that has been greeted. */
const streaming =
  (bytes: (nth: number) => Buffer): MisbehavingServer['manners'] =>
  (stage) => {
    const begun = new WeakSet<Lane>();
    const stream = (lane: Lane, nth: number): void => {
      if (!stage.isBehaving(manners)) return;
      lane.pass(bytes(nth));
      lane.flush();
      stage.clock.inWorld(TICK, () => stream(lane, nth + 1));
    };
    const manners: Manners = {
      handle: (frame, lane) => {
        lane.pass(frame.bytes);
        if (begun.has(lane)) return;
        begun.add(lane);
        stage.clock.inWorld(TICK, () => stream(lane, 0));
      },
    };
    return manners;
  };

/** Treats the frames of some kinds in its own way, and passes the others. */
const treating =
  (isOfKind: (kind: FrameKind) => boolean, treat: (frame: Frame, lane: Lane) => void) => (): Manners => ({
    handle: (frame, lane) => (isOfKind(frame.kind) ? treat(frame, lane) : lane.pass(frame.bytes)),
  });

const isReply = (kind: FrameKind): boolean => !['handshake', 'auth', 'ping', 'notification'].includes(kind);

const answering = (kind: FrameKind, answer: (frame: Buffer) => Buffer) =>
  treating(
    (each) => each === kind,
    ({ bytes }, lane) => lane.pass(answer(Buffer.from(bytes))),
  );

/** The offset of the negotiated timeout in a handshake, and that of the session's id. */
const [TIMEOUT_OFFSET, ID_OFFSET] = [8, 12];

export const MISBEHAVING_SERVERS: readonly MisbehavingServer[] = [
  {
    name: 'sends stray bytes behind each reply',
    manners: treating(isReply, ({ bytes }, lane) => {
      lane.pass(bytes);
      lane.pass(STRAY);
    }),
  },
  {
    name: 'sends stray bytes behind each pong',
    manners: treating(
      (kind) => kind === 'ping',
      ({ bytes }, lane) => {
        lane.pass(bytes);
        lane.pass(STRAY);
      },
    ),
  },
  {
    name: 'drips a frame that never ends',
    manners: streaming((nth) => (nth === 0 ? int(1_000_000) : Buffer.alloc(1))),
  },
  { name: 'floods its clients with empty frames', manners: streaming(() => Buffer.alloc(4_000)) },
  { name: 'floods its clients with pongs', manners: streaming(() => Buffer.concat(Array(20).fill(header(-2)))) },
  { name: 'answers what nobody asked', manners: streaming((nth) => header(1_000_000 + nth)) },
  { name: 'authenticates over and over', manners: streaming(() => header(-4)) },
  { name: 'reports changes that never occurred, without end', manners: streaming(() => notification(3, '/a')) },
  { name: 'reports changes of znodes that nobody watches', manners: streaming((nth) => notification(3, `/x${nth}`)) },
  { name: 'sends events of an unknown type', manners: streaming(() => notification(99, '/a')) },
  {
    name: 'reports a change at each read',
    manners: treating(isReply, ({ bytes }, lane) => {
      for (const path of ['/a', '/dir', '/group', '/gone']) lane.pass(notification(path === '/a' ? 3 : 4, path));
      lane.pass(bytes);
      for (const path of ['/a', '/dir', '/group', '/gone']) lane.pass(notification(path === '/a' ? 3 : 4, path));
    }),
  },
  {
    name: 'hangs up after each reply',
    manners: treating(isReply, ({ bytes }, lane) => {
      lane.pass(bytes);
      lane.end('fin');
    }),
  },
  {
    name: 'accepts the handshake, and hangs up at the first request',
    manners: () => ({
      requested: (kind, lane) => {
        if (isReply(kind)) lane.end('fin');
      },
    }),
  },
  {
    name: 'hangs up in place of a handshake',
    manners: treating(
      (kind) => kind === 'handshake',
      (_, lane) => lane.end('rst'),
    ),
  },
  { name: 'resets each connection', manners: () => ({ accepts: () => false }) },
  {
    name: 'answers the handshake twice',
    manners: treating(
      (kind) => kind === 'handshake',
      ({ bytes }, lane) => {
        lane.pass(bytes);
        lane.pass(bytes);
      },
    ),
  },
  {
    name: 'grants a timeout of 2^31-1 ms',
    manners: answering('handshake', (frame) => {
      frame.writeInt32BE(0x7fffffff, TIMEOUT_OFFSET);
      return frame;
    }),
  },
  {
    name: 'grants a timeout of one ms',
    manners: answering('handshake', (frame) => {
      frame.writeInt32BE(1, TIMEOUT_OFFSET);
      return frame;
    }),
  },
  {
    name: 'grants another session than the one to take over',
    manners: answering('handshake', (frame) => {
      frame.writeBigInt64BE(frame.readBigInt64BE(ID_OFFSET) + 1n, ID_OFFSET);
      return frame;
    }),
  },
  { name: 'knows no session', manners: answering('handshake', (frame) => frame.fill(0, TIMEOUT_OFFSET)) },
  { name: 'tears each read of data', manners: answering('getData', (frame) => withLength(frame.subarray(0, 30))) },
  {
    name: 'denies that a znode exists when it is read, and finds it when it is asked for',
    manners: answering('getData', (frame) => header(frame.readInt32BE(4), frame.readBigInt64BE(8), -101)),
    lie: 'refusal',
  },
  {
    name: 'answers each read with an error that nobody knows',
    manners: treating(isReply, ({ bytes }, lane) =>
      lane.pass(header(bytes.readInt32BE(4), bytes.readBigInt64BE(8), -77)),
    ),
    lie: 'refusal',
    pause: OBSERVING.retry.maxDelay,
  },
];
