import { Socket } from 'node:net';

/** The offsets in a frame, after its length of 4 bytes. */
const XID_OFFSET = 4;
const OP_OFFSET = 8;
const GET_DATA = 4;
const NOTIFICATION_XID = -1;

/** Calls a function when a socket is first given the bytes of a getData request. */
export function onGetDataWritten(func: () => void): void {
  tap('write', func, (frame) => frame.length > OP_OFFSET + 4 && frame.readInt32BE(OP_OFFSET) === GET_DATA);
}

/** Calls a function when the bytes of a notification first arrive, before any other code sees them. */
export function onNotificationArrived(func: () => void): void {
  tap('push', func, (frame) => frame.length > XID_OFFSET + 4 && frame.readInt32BE(XID_OFFSET) === NOTIFICATION_XID);
}

function tap(method: 'write' | 'push', func: () => void, isAwaited: (frame: Buffer) => boolean): void {
  const original = Socket.prototype[method];
  let isAwaiting = true;
  Object.assign(Socket.prototype, {
    [method](this: Socket, chunk: unknown, ...rest: unknown[]) {
      if (isAwaiting && framesOf(chunk).some(isAwaited)) {
        isAwaiting = false;
        func();
      }
      return Reflect.apply(original, this, [chunk, ...rest]);
    },
  });
}

/** The whole frames of a chunk, each with its length in front. */
function framesOf(chunk: unknown): Buffer[] {
  const frames: Buffer[] = [];
  if (!(chunk instanceof Uint8Array)) return frames;
  let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  while (rest.length >= 4) {
    const end = 4 + rest.readUInt32BE();
    frames.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return frames;
}
