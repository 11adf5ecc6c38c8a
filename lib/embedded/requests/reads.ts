import type { Decoded } from '../../protocol/codec.js';
import type { JuteReader } from '../../protocol/jute.js';
import * as message from '../../protocol/messages.js';
import { type MultiOperation, type MultiOutcome, multiRequest, multiResponse } from '../../protocol/multi.js';
import { ServerCode } from '../../protocol/server-code.js';
import { isAllowed, Permission, withoutSecrets } from '../tree/acl.js';
import type { Database } from '../tree/database.js';
import type { EventTarget } from '../tree/watch-manager.js';
import type { Znode } from '../tree/znode.js';
import { type Answer, answer, DONE, refusal } from './answer.js';
import type { Requester } from './preparation.js';

/** What a request is answered from. */
interface ReadContext {
  readonly database: Database;
  readonly requester: Requester;
  /** Who is told when a watch fires. */
  readonly target: EventTarget;
}

/** Reads the request's record and answers. */
export type Read = (reader: JuteReader, context: ReadContext) => Answer;

/** How many children one answer may name: a few bytes that ask for them many times must not fill the memory. */
const MOST_NAMES = 10_000_000;

/** The operations that change nothing but watches. */
export const READS: Readonly<Record<string, Read>> = {
  exists(reader, { database, target }) {
    const { path, watch } = message.pathAndWatch.read(reader);
    if (path.includes('\0')) return refusal(ServerCode.BAD_ARGUMENTS);
    if (watch) database.watches.data.add(path, target, 'standard');
    const znode = database.tree.get(path);
    return znode ? answer(message.statOnly, { stat: znode.stat }) : refusal(ServerCode.NO_NODE);
  },

  getData(reader, context) {
    const result = getData(message.pathAndWatch.read(reader), context);
    return typeof result === 'number' ? refusal(result) : answer(message.dataAndStat, result);
  },

  getChildren(reader, context) {
    const result = getChildren(message.pathAndWatch.read(reader), context);
    return typeof result === 'number' ? refusal(result) : answer(message.childrenOnly, result);
  },

  getChildren2(reader, context) {
    const result = getChildren(message.pathAndWatch.read(reader), context);
    return typeof result === 'number' ? refusal(result) : answer(message.childrenAndStat, result);
  },

  multiRead(reader, context) {
    const operations = multiRequest.read(reader);
    if (!operations.every(isRead)) {
      // Reads among changes cannot be read; changes alone can, and are none of what this answers.
      const isMixed = operations.some(isRead);
      return isMixed ? refusal(ServerCode.MARSHALLING_ERROR) : answer(multiResponse, [], ServerCode.MARSHALLING_ERROR);
    }
    let names = 0;
    const outcomes = operations.map((operation) => {
      const outcome = readOne(operation, context);
      if (outcome.op === 'getChildren') names += outcome.children.length;
      if (names > MOST_NAMES) throw new RangeError('the answer is too long to be sent');
      return outcome;
    });
    return answer(multiResponse, outcomes);
  },

  getAllChildrenNumber(reader, context) {
    const { path } = message.pathOnly.read(reader);
    const znode = readable(path, context);
    return typeof znode === 'number'
      ? refusal(znode)
      : answer(message.totalOnly, { total: context.database.tree.countBelow(path) });
  },

  getEphemerals(reader, { database, requester }) {
    const { path: prefix } = message.pathOnly.read(reader);
    const all = database.tree.ephemeralsOf(requester.sessionId);
    const isAny = prefix.trim() === '' || prefix.trim() === '/';
    const children = isAny ? all : all.filter((path) => path.startsWith(prefix));
    return answer(message.childrenOnly, { children });
  },

  getAcl(reader, { database, requester }) {
    const { path } = message.pathOnly.read(reader);
    const znode = database.tree.get(path);
    if (!znode) return refusal(ServerCode.NO_NODE);
    const isAdmin = isAllowed(znode.acl, Permission.admin, requester.identities);
    if (!isAdmin && !isAllowed(znode.acl, Permission.read, requester.identities)) return refusal(ServerCode.NO_AUTH);
    return answer(message.aclAndStat, { acl: isAdmin ? [...znode.acl] : withoutSecrets(znode.acl), stat: znode.stat });
  },

  sync(reader) {
    return answer(message.pathOnly, message.pathOnly.read(reader));
  },

  ping() {
    return DONE;
  },

  whoAmI(_reader, { requester }) {
    const clientInfo = requester.identities.map(({ scheme, id }) => ({
      scheme,
      user: scheme === 'digest' ? (id.split(':', 1)[0] ?? '') : id,
    }));
    return answer(message.whoAmIResponse, { clientInfo });
  },
};

type ReadOperation = Extract<MultiOperation, { op: 'getData' | 'getChildren' }>;

function isRead(operation: MultiOperation): operation is ReadOperation {
  return operation.op === 'getData' || operation.op === 'getChildren';
}

function readOne({ op, path }: ReadOperation, context: ReadContext): MultiOutcome {
  const request = { path, watch: false };
  const result = op === 'getData' ? getData(request, context) : getChildren(request, context);
  return typeof result === 'number' ? { op: 'error', error: result } : ({ op, ...result } as MultiOutcome);
}

type PathAndWatch = Decoded<typeof message.pathAndWatch>;

function getData({ path, watch }: PathAndWatch, context: ReadContext): Decoded<typeof message.dataAndStat> | number {
  const znode = readable(path, context);
  if (typeof znode === 'number') return znode;
  if (watch) context.database.watches.data.add(path, context.target, 'standard');
  return { data: znode.data, stat: znode.stat };
}

function getChildren(
  { path, watch }: PathAndWatch,
  context: ReadContext,
): Decoded<typeof message.childrenAndStat> | number {
  const znode = readable(path, context);
  if (typeof znode === 'number') return znode;
  if (watch) context.database.watches.child.add(path, context.target, 'standard');
  return { children: [...(znode.children ?? [])], stat: znode.stat };
}

function readable(path: string, { database, requester }: ReadContext): Znode | number {
  const znode = database.tree.get(path);
  if (!znode) return ServerCode.NO_NODE;
  return isAllowed(znode.acl, Permission.read, requester.identities) ? znode : ServerCode.NO_AUTH;
}
