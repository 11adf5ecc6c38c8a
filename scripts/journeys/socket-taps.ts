import { syncBuiltinESMExports } from 'node:module';
import net, { type OnReadOpts, Socket, type TcpNetConnectOpts } from 'node:net';

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
  const isAwaited = (frame: Buffer): boolean =>
    frame.length > XID_OFFSET + 4 && frame.readInt32BE(XID_OFFSET) === NOTIFICATION_XID;
  tap('push', func, isAwaited);
  arrived = once(func, isAwaited);
}

/** Takes all bytes that arrive at a socket with a buffer of its own, which are not pushed. */
let arrived = (_: unknown): void => {};

const { connect } = net;
net.connect = ((options: TcpNetConnectOpts & { onread?: OnReadOpts }, ...rest: never[]) => {
  const { onread } = options;
  const callback = (length: number, bytes: Uint8Array): boolean => {
    arrived(bytes.subarray(0, length));
    return onread?.callback(length, bytes) ?? true;
  };
  return connect({ ...options, ...(onread && { onread: { ...onread, callback } }) }, ...rest);
}) as typeof connect;
syncBuiltinESMExports();

function tap(method: 'write' | 'push', func: () => void, isAwaited: (frame: Buffer) => boolean): void {
  const original = Socket.prototype[method];
  const see = once(func, isAwaited);
  Object.assign(Socket.prototype, {
    [method](this: Socket, chunk: unknown, ...rest: unknown[]) {
      see(chunk);
      return Reflect.apply(original, this, [chunk, ...rest]);
    },
  });
}

/** Calls a function at the first chunk with such a frame. */
function once(func: () => void, isAwaited: (frame: Buffer) => boolean): (chunk: unknown) => void {
  let isAwaiting = true;
  return (chunk) => {
    if (!isAwaiting || !framesOf(chunk).some(isAwaited)) return;
    isAwaiting = false;
    func();
  };
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
