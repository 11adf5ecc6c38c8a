import { Change, type ChangeType, type TreeNode } from '../../../recipes/changes/index.js';
import type { LogEntry } from './change-log.js';
import { GATEWAY } from './limits.js';

/** How an entry is a change for a client. */
export interface ChangeKind {
  readonly type: ChangeType;
  readonly recreated: boolean;
}

/** A change of an entry, with its JSON. */
export class EncodedChange {
  readonly change: Change;
  readonly #entry: LogEntry;
  #text: string | undefined;

  constructor(entry: LogEntry, kind: ChangeKind) {
    this.#entry = entry;
    this.change = toChange(entry, kind);
  }

  /** Made when it is first asked for. */
  get text(): string {
    this.#text ??= encode(this.change, this.#entry);
    return this.#text;
  }
}

/** The changes of the newest entries that were read: most clients get the same ones at about the same time. */
export class EncodedChanges {
  readonly #changes = new Map<LogEntry, EncodedChange>();
  #size = 0;

  of(entry: LogEntry, kind: ChangeKind): EncodedChange {
    const known = this.#changes.get(entry);
    if (known?.change.type === kind.type && known.change.recreated === kind.recreated) return known;
    const made = new EncodedChange(entry, kind);
    this.#changes.set(entry, made);
    if (!known) this.#size += sizeOf(entry);
    for (const [oldest] of this.#changes) {
      if (this.#size <= GATEWAY.encodedLength) break;
      this.#changes.delete(oldest);
      this.#size -= sizeOf(oldest);
    }
    return made;
  }
}

/** The characters of a text, roughly: data is written in base64. */
function sizeOf({ path, node }: LogEntry): number {
  return GATEWAY.encodedRest + path.length + ((node?.data?.length ?? 0) * 4) / 3;
}

function toChange({ path, zxid, node, gone }: LogEntry, { type, recreated }: ChangeKind): Change {
  const change = { type, path, before: null, now: node, recreated };
  if (!node) return new Change(change, zxid, gone?.isEphemeral);
  const { czxid, mzxid } = node.stat;
  const own = type === 'created' ? czxid : mzxid;
  return new Change(change, own === 0n ? zxid : own);
}

function encode({ type, path, zxid, node, recreated }: Change, { gone }: LogEntry): string {
  const head = `{"type":"${type}","path":${JSON.stringify(path)},"zxid":"${zxid}"`;
  if (!node) return `${head},"czxid":"${gone?.czxid ?? 0n}"${gone?.isEphemeral ? ',"ephemeral":true' : ''}}`;
  return `${head}${recreated ? ',"recreated":true' : ''},${encodeNode(node)}}`;
}

function encodeNode({ stat, data }: TreeNode): string {
  return `"stat":${JSON.stringify(stat)},"data":${data ? `"${data.toString('base64')}"` : 'null'}`;
}
