import type { Decoded } from '../../protocol/codec.js';
import type { JuteReader } from '../../protocol/jute.js';
import * as message from '../../protocol/messages.js';
import { type MultiOperation, type MultiOutcome, multiRecord, multiResponseRecord } from '../../protocol/multi.js';
import { ServerCode } from '../../protocol/server-code.js';
import * as serverMessage from '../../protocol/server-messages.js';
import { EMBEDDED_LIMITS } from '../limits.js';
import { isAllowed, Permission, withoutSecrets } from '../tree/acl.js';
import type { DataTree } from '../tree/data-tree.js';
import type { WatchManager, WatchTarget } from '../tree/watch-manager.js';
import type { Znode } from '../tree/znode.js';
import { type Answer, answer, DONE, refusal } from './answer.js';
import type { Requester } from './preparation.js';

/** The state that reads are answered from, and the client that asks. */
export interface ReadContext {
  readonly tree: Pick<DataTree, 'get' | 'countBelow' | 'ephemeralsOf'>;
  readonly watches: Pick<WatchManager, 'addData' | 'addChild'>;
  readonly requester: Requester;
  /** The recipient of events for the watches that a read leaves. */
  readonly target: WatchTarget;
}

/** Reads the request's record and answers. */
type Read = (reader: JuteReader, context: ReadContext) => Answer;

/** The operations that change nothing but watches. */
export const READS = {
  exists(reader, { tree, watches, target }) {
    const { path, watch } = message.pathAndWatchRecord.read(reader);
    if (path.includes('\0')) return refusal(ServerCode.BAD_ARGUMENTS);
    if (watch) watches.addData(path, target);
    const znode = tree.get(path);
    return znode ? answer(message.statOnlyRecord, { stat: znode.stat }) : refusal(ServerCode.NO_NODE);
  },

  getData(reader, context) {
    const result = getData(message.pathAndWatchRecord.read(reader), context);
    return typeof result === 'number' ? refusal(result) : answer(message.dataAndStatRecord, result);
  },

  getChildren(reader, context) {
    const result = getChildren(message.pathAndWatchRecord.read(reader), context);
    return typeof result === 'number' ? refusal(result) : answer(message.childrenOnlyRecord, result);
  },

  getChildren2(reader, context) {
    const result = getChildren(message.pathAndWatchRecord.read(reader), context);
    return typeof result === 'number' ? refusal(result) : answer(serverMessage.childrenAndStatRecord, result);
  },

  multiRead(reader, context) {
    const operations = multiRecord.read(reader);
    if (!operations.every(isRead)) {
      // ZooKeeper cannot decode a mixture of reads and changes. It decodes changes alone, and refuses them.
      const isMixed = operations.some(isRead);
      return isMixed
        ? refusal(ServerCode.MARSHALLING_ERROR)
        : answer(multiResponseRecord, [], ServerCode.MARSHALLING_ERROR);
    }
    let names = 0;
    const outcomes = operations.map((operation) => {
      const outcome = readOne(operation, context);
      if (outcome.op === 'getChildren') names += outcome.children.length;
      if (names > EMBEDDED_LIMITS.mostChildrenInReply) throw new RangeError('the answer is too long to be sent');
      return outcome;
    });
    return answer(multiResponseRecord, outcomes);
  },

  getAllChildrenNumber(reader, context) {
    const { path } = message.pathOnlyRecord.read(reader);
    const znode = readable(path, context);
    return typeof znode === 'number'
      ? refusal(znode)
      : answer(serverMessage.totalOnlyRecord, { total: context.tree.countBelow(path) });
  },

  getEphemerals(reader, { tree, requester }) {
    const { path: prefix } = message.pathOnlyRecord.read(reader);
    const all = tree.ephemeralsOf(requester.sessionId);
    const isAny = prefix.trim() === '' || prefix.trim() === '/';
    const children = isAny ? all : all.filter((path) => path.startsWith(prefix));
    return answer(message.childrenOnlyRecord, { children });
  },

  getAcl(reader, { tree, requester }) {
    const { path } = message.pathOnlyRecord.read(reader);
    const znode = tree.get(path);
    if (!znode) return refusal(ServerCode.NO_NODE);
    const isAdmin = isAllowed(znode.acl, Permission.admin, requester.identities);
    if (!isAdmin && !isAllowed(znode.acl, Permission.read, requester.identities)) return refusal(ServerCode.NO_AUTH);
    return answer(message.aclAndStatRecord, {
      acl: isAdmin ? [...znode.acl] : withoutSecrets(znode.acl),
      stat: znode.stat,
    });
  },

  ping() {
    return DONE;
  },

  whoAmI(_reader, { requester }) {
    const clientInfo = requester.identities.map(({ scheme, id }) => ({
      scheme,
      user: scheme === 'digest' ? (id.split(':', 1)[0] ?? '') : id,
    }));
    return answer(message.whoAmIResponseRecord, { clientInfo });
  },
} as const satisfies Readonly<Record<string, Read>>;

type ReadOperation = Extract<MultiOperation, { op: 'getData' | 'getChildren' }>;

function isRead(operation: MultiOperation): operation is ReadOperation {
  return operation.op === 'getData' || operation.op === 'getChildren';
}

function readOne({ op, path }: ReadOperation, context: ReadContext): MultiOutcome {
  const request = { path, watch: false };
  const result = op === 'getData' ? getData(request, context) : getChildren(request, context);
  return typeof result === 'number' ? { op: 'error', error: result } : ({ op, ...result } as MultiOutcome);
}

type PathAndWatch = Decoded<typeof message.pathAndWatchRecord>;

function getData(
  { path, watch }: PathAndWatch,
  context: ReadContext,
): Decoded<typeof message.dataAndStatRecord> | number {
  const znode = readable(path, context);
  if (typeof znode === 'number') return znode;
  if (watch) context.watches.addData(path, context.target);
  return { data: znode.data, stat: znode.stat };
}

function getChildren(
  { path, watch }: PathAndWatch,
  context: ReadContext,
): Decoded<typeof serverMessage.childrenAndStatRecord> | number {
  const znode = readable(path, context);
  if (typeof znode === 'number') return znode;
  if (watch) context.watches.addChild(path, context.target);
  return { children: [...(znode.children ?? [])], stat: znode.stat };
}

function readable(path: string, { tree, requester }: ReadContext): Znode | number {
  const znode = tree.get(path);
  if (!znode) return ServerCode.NO_NODE;
  return isAllowed(znode.acl, Permission.read, requester.identities) ? znode : ServerCode.NO_AUTH;
}
