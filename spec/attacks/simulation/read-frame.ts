import { type Dispatch, dispatch } from '../../../lib/embedded/requests/dispatch.js';
import { JuteReader } from '../../../lib/protocol/jute.js';

/** The offsets of the operation and of the record in a frame. */
const OP_OFFSET = 8;
const RECORD_OFFSET = 12;

/** The number of a frame's operation. */
export function operationOf(frame: Buffer): number {
  return frame.readInt32BE(OP_OFFSET);
}

/** Classifies a frame's request, and returns a reader of its record. */
export function readFrame(frame: Buffer): { request: Dispatch; reader: JuteReader } {
  const op = operationOf(frame);
  const request = dispatch(op);
  if (request.type === 'unknown') throw new Error(`the client sent the unknown operation ${op}`);
  return { request, reader: new JuteReader(frame, RECORD_OFFSET) };
}
