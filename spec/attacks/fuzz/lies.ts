import { type Field, fieldsOf } from './frame-fields.js';
import type { Frame } from './frame-mutations.js';
import type { FrameKind } from './reply-shapes.js';

/**
 * The lies that no client could know for one: all exemptions of the oracle. Each is a frame that a correct server could
 * have sent at its place. Whatever they say, a later change must reach every watch, unless its event itself was lost.
 */
export const EXEMPTIONS = {
  reply: {
    meaning: 'a well-formed reply with other contents',
    stillHolds: 'the next change reaches every watch',
  },
  refusal: {
    meaning: 'an error in place of the answer',
    stillHolds: 'the next change reaches every watch; one that stops for the error emits `stop`',
  },
  event: {
    meaning: 'a notification that was dropped, or is well-formed and about another znode or aspect',
    stillHolds: 'the recheck of every path brings the state of the server back',
  },
} as const;

export type Lie = keyof typeof EXEMPTIONS;

/** Replies whose contents a watch believes. */
const BELIEVED: ReadonlySet<FrameKind> = new Set(['exists', 'getData', 'getChildren2']);

const [XID_OFFSET, ZXID_OFFSET, ERROR_OFFSET, RECORD_OFFSET] = [4, 8, 16, 20];
/** Bytes: more than any change of a single field adds. */
const MOST_MORE = 1024 * 1024;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The lie in which a frame was sent in place of the right one; `null` where a client can know that it is wrong. */
export function lieIn(right: Frame, sent: Buffer): Lie | null {
  const { kind, bytes } = right;
  if (kind !== 'notification' && !BELIEVED.has(kind)) return null;
  if (sent.length < RECORD_OFFSET || sent.readInt32BE(0) !== sent.length - 4) return null;
  // A flood of null items, which nobody believes: the walk through them would cost more than the heap of a case.
  if (sent.length > bytes.length + MOST_MORE) return null;
  if (sent.readInt32BE(XID_OFFSET) !== bytes.readInt32BE(XID_OFFSET)) return null;
  const { fields, isComplete } = fieldsOf(kind, sent);
  if (!isComplete) return null;
  const error = sent.readInt32BE(ERROR_OFFSET);
  const isChanged = !sent.subarray(ERROR_OFFSET).equals(bytes.subarray(ERROR_OFFSET));
  if (!isChanged) return null;
  if (kind === 'notification') return isEvent(sent, fields) ? 'event' : null;
  if (error !== 0) return 'refusal';
  return isReply(sent, fields) ? 'reply' : null;
}

function isEvent(frame: Buffer, fields: readonly Field[]): boolean {
  const type = numberIn(frame, named(fields, 'type'));
  const path = textIn(frame, named(fields, 'path'));
  return type >= 1 && type <= 4 && path !== null && isPath(path);
}

function isReply(frame: Buffer, fields: readonly Field[]): boolean {
  const zxid = frame.readBigInt64BE(ZXID_OFFSET);
  const mark = (name: string) => longIn(frame, named(fields, `stat.${name}`));
  const [created, changed, ofChildren] = [mark('czxid'), mark('mzxid'), mark('pzxid')];
  if ([created, changed, ofChildren].some((each) => each < 0n || each > zxid)) return false;
  const names = fields.filter(({ name }) => name === 'children[]').map((field) => textIn(frame, field));
  return names.every((name) => name !== null && isName(name));
}

function isPath(path: string): boolean {
  return path === '/' || (path.startsWith('/') && path.slice(1).split('/').every(isName));
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

function named(fields: readonly Field[], name: string): Field | undefined {
  return fields.find((field) => field.name === name);
}

function numberIn(frame: Buffer, field: Field | undefined): number {
  return field ? frame.readInt32BE(field.start) : Number.NaN;
}

function longIn(frame: Buffer, field: Field | undefined): bigint {
  return field ? frame.readBigInt64BE(field.start) : -1n;
}

/** The text of a field; `null` for a null text, and for bytes that are none. */
function textIn(frame: Buffer, field: Field | undefined): string | null {
  if (!field || frame.readInt32BE(field.start) < 0) return null;
  try {
    return UTF8.decode(frame.subarray(field.start + 4, field.end));
  } catch {
    return null;
  }
}
