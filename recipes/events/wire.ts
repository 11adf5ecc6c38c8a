import type { ChangeFilter, ChangeType } from '../changes/index.js';

/** A filter as JSON has it: zxids are decimal strings. */
export interface WireFilter extends Omit<ChangeFilter, 'after'> {
  after?: string;
}

/** A request of a client to a gateway: the body of a poll, and part of a message. */
export interface WireRequest {
  /** `null`: everything. */
  filters: readonly WireFilter[] | null;
  /** The position up to which the client knows everything. */
  since?: string;
  /** The newest zxid that a gateway has shown to the client. */
  seen?: string;
  /** Of the last batch. */
  cursor?: string;
  /** Of the last batch. */
  root?: string;
  /** Asks for a list of the znodes that have not changed since. */
  list?: boolean;
  /** Of a poll: how long it may wait for a change, in ms. */
  wait?: number;
}

/** A message to a gateway. */
export interface WireMessage extends WireRequest {
  op: 'subscribe';
  /** Given back in the batches and errors that it leads to. */
  id: number;
  /** Where the socket can have no header of this name. */
  authorization?: string;
}

/** The stat of a znode; 64-bit numbers are decimal strings. */
export interface WireStat {
  czxid: string;
  mzxid: string;
  pzxid: string;
  ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  aversion: number;
  ephemeralOwner: string;
  dataLength: number;
  numChildren: number;
}

/** A changed znode that exists. */
export interface WireZnode {
  type: Exclude<ChangeType, 'deleted'>;
  path: string;
  zxid: string;
  recreated?: true;
  stat: WireStat;
  /** As base64; `null` when it may not be read. */
  data: string | null;
}

/** A znode that was deleted. */
export interface WireDeletion {
  type: 'deleted';
  path: string;
  zxid: string;
  /** Of the deleted znode. */
  czxid: string;
  ephemeral?: true;
}

/** A znode that has not changed: path, czxid, mzxid, and the sum of 1 for ephemeral and 2 for unreadable. */
type WireKnown = readonly [path: string, czxid: string, mzxid: string, flags: number];

/** A part of the changes, as a gateway sends it. */
export interface WireBatch {
  id?: number;
  /** The znode below which the gateway follows changes. */
  path: string;
  /** A full list begins: znodes that are not in it up to the next batch without `more` do not exist. */
  reset?: true;
  /** The same for znodes created after this zxid. */
  recheck?: string;
  /** The zxids of before are of another state of the ensemble, as before a restore. */
  restored?: true;
  changes: readonly (WireZnode | WireDeletion)[];
  known?: readonly WireKnown[];
  /** Another batch follows at once, or the next poll is answered at once. */
  more?: true;
  /** Everything up to it was sent; missing with `more`. */
  position?: string;
  seen: string;
  cursor: string;
  /** Distinguishes the znode at `path`, and so one ensemble, from others; missing while it does not exist. */
  root?: string;
}

/** An answer to a message that a gateway does not take. */
export interface WireError {
  id?: number;
  error: { code: WireErrorCode; message: string };
}

/** Why a gateway refuses a message or a poll. */
type WireErrorCode = 'BAD_REQUEST' | 'FORBIDDEN' | 'UNAVAILABLE';

/** The sum in a {@link WireKnown}. */
export const WIRE_FLAGS = { ephemeral: 1, unreadable: 2 } as const;

/** A filter as JSON. */
export function toWireFilter({ after, ...others }: ChangeFilter): WireFilter {
  return { ...others, ...(after !== undefined && { after: `${after}` }) };
}
