import type { SeededRandom } from '../../../testing/seeded-random.js';
import { int, long, sized, withLength, withPrefix } from './bytes.js';
import type { Lane } from './lane.js';
import type { FrameKind } from './reply-shapes.js';

/** One frame on its way to the client, with its length prefix. */
export interface Frame {
  readonly kind: FrameKind;
  readonly bytes: Buffer;
}

/** The surroundings of a frame. */
interface FrameContext {
  readonly random: SeededRandom;
  readonly lane: Lane;
  /** The session timeout, in ms. */
  readonly timeout: number;
  /** Earlier frames, of all connections. */
  readonly earlier: readonly Frame[];
}

/** Does something to a whole frame, in place of passing it; false where it cannot be done to this one. */
type FrameMutation = (frame: Buffer, context: FrameContext, kind: FrameKind) => boolean;

const MORE_THAN_ANY_REPLY = 60 * 1024 * 1024;
const FLOOD = 2_000;
/** The offset of the record in a reply, and that of the zxid. */
const RECORD = 20;
const ZXID = 8;

const sending =
  (change: (frame: Buffer, random: SeededRandom) => readonly Buffer[]): FrameMutation =>
  (frame, { lane, random }) => {
    for (const bytes of change(frame, random)) lane.pass(bytes);
    return true;
  };

const delayed =
  (share: number): FrameMutation =>
  (frame, { lane, timeout }) => {
    lane.stall(share * timeout);
    lane.pass(frame);
    return true;
  };

/** Passes a part of the frame, and then does something to the connection. */
const torn =
  (then: (lane: Lane) => void, share = 0.5): FrameMutation =>
  (frame, { lane }) => {
    lane.pass(frame.subarray(0, Math.floor(frame.length * share)));
    then(lane);
    return true;
  };

export function notification(type: number, path: string | null): Buffer {
  const record = [int(type), int(3), path === null ? int(-1) : sized(path)];
  return withLength(Buffer.concat([int(0), int(-1), long(-1n), int(0), ...record]));
}

/** A reply with the header of one frame and the record of another. */
function withRecordOf(frame: Buffer, other: Buffer): Buffer {
  return withLength(Buffer.concat([frame.subarray(0, RECORD), other.subarray(RECORD)]));
}

/** Passes an earlier frame in place of this one, as the reply to the same request. */
const earlier =
  (isOfKind: (other: FrameKind, kind: FrameKind) => boolean): FrameMutation =>
  (frame, { lane, random, earlier: frames }, kind) => {
    const others = frames.filter((each) => each.kind !== 'handshake' && isOfKind(each.kind, kind));
    if (kind === 'handshake' || others.length === 0) return false;
    lane.pass(withRecordOf(frame, random.pick(others).bytes));
    return true;
  };

const AHEAD = 1n << 50n;

export const FRAME_MUTATIONS: Readonly<Record<string, FrameMutation>> = {
  dropped: () => true,
  doubled: sending((frame) => [frame, frame]),
  'sent ten times': sending((frame) => Array<Buffer>(10).fill(frame)),
  'delayed by 0.2 T': delayed(0.2),
  'delayed by 0.5 T': delayed(0.5),
  'delayed by 1.2 T': delayed(1.2),
  reordered: (frame, { lane }) => {
    lane.passAfterNext(frame);
    return true;
  },
  'never ending': sending((frame, random) => [withLength(frame, random.whole(1, 100_000))]),
  'never ending by a byte': sending((frame) => [withLength(frame, 1)]),
  'of the greatest length': sending((frame) => [withPrefix(frame, 0x7fffffff)]),
  'of half a gigabyte': sending((frame) => [withPrefix(frame, 500_000_000)]),
  'of 60 MiB': sending((frame) => [withPrefix(frame, MORE_THAN_ANY_REPLY)]),
  'of a negative length': sending((frame) => [withPrefix(frame, -1)]),
  'of the least length': sending((frame) => [withPrefix(frame, -0x80000000)]),
  'of a length too short': sending((frame, random) => [withLength(frame, -random.whole(1, 8))]),
  'without content': sending(() => [int(0)]),
  'with its header alone': sending((frame) => [withLength(Buffer.from(frame.subarray(0, RECORD)))]),
  'with half a header': sending((frame) => [withLength(Buffer.from(frame.subarray(0, 10)))]),
  zeroed: sending((frame) => [withLength(Buffer.alloc(frame.length))]),
  'of random bytes': sending((frame, random) => [withLength(Buffer.from(Array.from(frame, () => random.below(256))))]),
  'extended by stray bytes': sending((frame, random) => [
    withLength(Buffer.concat([frame, Buffer.alloc(random.whole(1, 100), random.below(256))])),
  ]),
  'followed by 10 00 00 00': sending((frame) => [frame, Buffer.from([16, 0, 0, 0])]),
  'preceded by 10 00 00 00': sending((frame) => [Buffer.from([16, 0, 0, 0]), frame]),
  'preceded by a length': sending((frame, random) => [int(random.whole(0, 200)), frame]),
  'preceded by stray bytes': sending((frame, random) => [
    Buffer.from(Array.from({ length: random.whole(1, 8) }, () => random.below(256))),
    frame,
  ]),
  'followed by empty frames': sending((frame) => [frame, Buffer.alloc(4 * FLOOD)]),
  'followed by short frames': sending((frame) => [frame, withLength(Buffer.alloc(8))]),
  'byte by byte': (frame, { lane }) => {
    lane.passSingly();
    lane.pass(frame);
    return true;
  },
  'byte by byte, slowly': (frame, { lane, timeout }) => {
    for (const byte of frame) {
      lane.pass(Buffer.from([byte]));
      lane.stall(timeout / 100);
    }
    return true;
  },
  'half, then silence': torn((lane) => lane.mute()),
  'half, then the end': torn((lane) => lane.end('fin')),
  'half, then a reset': torn((lane) => lane.end('rst')),
  'silence in its place': torn((lane) => lane.mute(), 0),
  'the end in its place': torn((lane) => lane.end('fin'), 0),
  'a reset in its place': torn((lane) => lane.end('rst'), 0),
  'silence after it': torn((lane) => lane.mute(), 1),
  'the end after it': torn((lane) => lane.end('fin'), 1),
  'with the record of another': earlier((other, kind) => other !== kind),
  'with an earlier record': earlier((other, kind) => other === kind),
  'preceded by a foreign event': sending((frame) => [notification(3, '/foreign'), frame]),
  'preceded by an event without a path': sending((frame) => [notification(-1, null), frame]),
  'preceded by an event of no type': sending((frame) => [notification(77, '/a'), frame]),
  'followed by a flood of events': sending((frame) => [frame, ...Array<Buffer>(FLOOD).fill(notification(3, '/a'))]),
  'followed by pongs': sending((frame) => {
    const pong = withLength(Buffer.concat([int(0), int(-2), long(1n), int(0)]));
    return [frame, ...Array<Buffer>(FLOOD).fill(pong)];
  }),
  'followed by a handshake': (frame, { lane, earlier: frames }) => {
    const handshake = frames.find(({ kind }) => kind === 'handshake');
    if (!handshake) return false;
    lane.pass(frame);
    lane.pass(handshake.bytes);
    return true;
  },
  'far ahead in every zxid': (frame, { lane }, kind) => {
    if (kind === 'handshake' || kind === 'notification') return false;
    const copy = Buffer.from(frame);
    copy.writeBigInt64BE(copy.readBigInt64BE(ZXID) + AHEAD, ZXID);
    // The mark of the data is at the same place in the replies to exists and getData, after the data.
    const stat = copy.length - STAT_LENGTH;
    if (stat >= RECORD && HAS_STAT.has(kind)) {
      for (const at of [stat + 8, stat + STAT_LENGTH - 8]) copy.writeBigInt64BE(copy.readBigInt64BE(at) + AHEAD, at);
    }
    lane.pass(copy);
    return true;
  },
};

const STAT_LENGTH = 68;
const HAS_STAT: ReadonlySet<FrameKind> = new Set(['exists', 'getData', 'getChildren2', 'getAcl', 'setData', 'setAcl']);
