import type { JuteReader } from '../../protocol/jute.js';
import * as message from '../../protocol/messages.js';
import { ServerCode } from '../../protocol/server-code.js';
import { AddWatchMode, WatcherType } from '../../protocol/watch-types.js';
import type { DataTree } from '../tree/data-tree.js';
import type { WatchManager, WatchTarget, WatchType } from '../tree/watch-manager.js';
import { type Answer, answer, DONE, refusal } from './answer.js';

/** The state that watch requests read and change, and the client that asks. */
export interface WatchContext {
  readonly tree: Pick<DataTree, 'get'>;
  readonly watches: Pick<WatchManager, 'set' | 'addPersistent' | 'has' | 'remove'>;
  readonly target: WatchTarget;
}

/** Reads the request's record and answers. */
type WatchRequest = (reader: JuteReader, context: WatchContext) => Answer;

/** The operations that add, find and remove watches, and do nothing else. */
export const WATCH_REQUESTS = {
  setWatches(reader, { tree, watches, target }) {
    watches.set(message.setWatchesRecord.read(reader), target, (path) => tree.get(path));
    return DONE;
  },

  setWatches2(reader, { tree, watches, target }) {
    watches.set(message.setWatches2Record.read(reader), target, (path) => tree.get(path));
    return DONE;
  },

  addWatch(reader, { watches, target }) {
    const { path, mode } = message.pathAndModeRecord.read(reader);
    if (mode !== AddWatchMode.persistent && mode !== AddWatchMode.persistentRecursive) {
      return refusal(ServerCode.MARSHALLING_ERROR);
    }
    watches.addPersistent(path, target, mode === AddWatchMode.persistent ? 'persistent' : 'persistent-recursive');
    return answer(message.errorOnlyRecord, { error: 0 });
  },

  checkWatches(reader, { watches }) {
    const { path, type } = message.pathAndTypeRecord.read(reader);
    if (!isWatchType(type)) return refusal(ServerCode.MARSHALLING_ERROR);
    if (path === '') return refusal(ServerCode.NO_WATCHER);
    if (!path.startsWith('/')) return refusal(ServerCode.MARSHALLING_ERROR);
    return watches.has(path, type) ? DONE : refusal(ServerCode.NO_WATCHER);
  },

  removeWatches(reader, { watches, target }) {
    const { path, type } = message.pathAndTypeRecord.read(reader);
    if (!isWatchType(type)) return refusal(ServerCode.MARSHALLING_ERROR);
    return watches.remove(path, target, type) ? DONE : refusal(ServerCode.NO_WATCHER);
  },
} as const satisfies Readonly<Record<string, WatchRequest>>;

function isWatchType(type: number): type is WatchType {
  return type === WatcherType.child || type === WatcherType.data || type === WatcherType.any;
}
