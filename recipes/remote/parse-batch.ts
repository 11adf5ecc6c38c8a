import type { Stat } from '../../lib/core/coordination-client.js';
import { parseZxid } from '../../lib/core/parse-zxid.js';
import { WIRE_FLAGS, type WireBatch, type WireDeletion, type WireStat, type WireZnode } from '../events/index.js';
import { RemoteNode } from './remote-node.js';

/** The newest state of a znode: of one that exists, or of one that was deleted. */
export interface RemoteState {
  readonly path: string;
  /** `null` when it was deleted. */
  readonly node: RemoteNode | null;
  /** Of the change, as the gateway knows it. */
  readonly zxid: bigint;
  /** Of the znode, also of a deleted one. */
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly isEphemeral: boolean;
  readonly isUnreadable: boolean;
}

/** The kept part of a znode that exists. */
export interface KnownState {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly isEphemeral: boolean;
  readonly isUnreadable: boolean;
}

/** A batch, read. */
export interface Batch {
  readonly id: number | undefined;
  readonly path: string;
  /** A list begins of the znodes created after this zxid; `null` when none does. */
  readonly listAfter: bigint | null;
  readonly isRestored: boolean;
  readonly changes: readonly RemoteState[];
  readonly known: readonly (readonly [path: string, state: KnownState])[];
  /** `null` when more follows. */
  readonly position: bigint | null;
  readonly seen: bigint;
  readonly cursor: string;
  readonly root: string | undefined;
}

/** The text is no message of a gateway. */
class MalformedBatch extends Error {}

/** @throws {@link MalformedBatch} for an object that is no batch of a gateway. */
export function parseBatch(value: Record<string, unknown>): Batch {
  const {
    id,
    path,
    reset,
    recheck,
    restored,
    changes,
    known = [],
    more,
    position,
    seen,
    cursor,
    root,
  } = value as Partial<WireBatch>;
  if (typeof path !== 'string' || typeof cursor !== 'string') throw new MalformedBatch('it is no batch');
  if (!Array.isArray(changes) || !Array.isArray(known)) throw new MalformedBatch('its changes are no list');
  return {
    id: typeof id === 'number' ? id : undefined,
    path,
    listAfter: reset ? -1n : recheck === undefined ? null : toZxid(recheck),
    isRestored: restored === true,
    changes: changes.map(toState),
    known: known.map(toKnown),
    position: more ? null : toZxid(position),
    seen: toZxid(seen),
    cursor,
    root: typeof root === 'string' ? root : undefined,
  };
}

function toState(change: unknown): RemoteState {
  const { type, path, zxid: text } = toObject(change) as unknown as WireZnode | WireDeletion;
  if (typeof path !== 'string') throw new MalformedBatch('a change has no path');
  const zxid = toZxid(text);
  if (type === 'deleted') {
    const { czxid, ephemeral } = change as WireDeletion;
    const isEphemeral = ephemeral === true;
    return { path, node: null, zxid, czxid: toZxid(czxid), mzxid: 0n, isEphemeral, isUnreadable: false };
  }
  const { stat: wireStat, data } = change as WireZnode;
  if (data !== null && typeof data !== 'string') throw new MalformedBatch('the data of a change is no text');
  const stat = toStat(toObject(wireStat) as unknown as WireStat);
  const node = new RemoteNode(path, stat, data);
  const { czxid, mzxid, ephemeralOwner } = stat;
  return { path, node, zxid, czxid, mzxid, isEphemeral: ephemeralOwner !== 0n, isUnreadable: node.unreadable };
}

function toStat(stat: WireStat): Stat {
  const { czxid, mzxid, pzxid, ephemeralOwner, ...numbers } = stat;
  for (const value of Object.values(numbers)) if (typeof value !== 'number') throw new MalformedBatch('a bad stat');
  const owner = BigInt(/^-?\d{1,19}$/.test(ephemeralOwner) ? ephemeralOwner : '0');
  return { ...numbers, czxid: toZxid(czxid), mzxid: toZxid(mzxid), pzxid: toZxid(pzxid), ephemeralOwner: owner };
}

function toKnown(entry: unknown): readonly [path: string, state: KnownState] {
  if (!Array.isArray(entry)) throw new MalformedBatch('a known znode is no list');
  const [path, czxid, mzxid, flags] = entry as unknown[];
  if (typeof path !== 'string' || typeof flags !== 'number') throw new MalformedBatch('a known znode is incomplete');
  const [isEphemeral, isUnreadable] = [(flags & WIRE_FLAGS.ephemeral) !== 0, (flags & WIRE_FLAGS.unreadable) !== 0];
  return [path, { czxid: toZxid(czxid), mzxid: toZxid(mzxid), isEphemeral, isUnreadable }];
}

function toZxid(text: unknown): bigint {
  const zxid = parseZxid(text);
  if (zxid === undefined) throw new MalformedBatch('a zxid is no decimal number');
  return zxid;
}

function toObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new MalformedBatch('a part of it is no object');
  return value as Record<string, unknown>;
}
