import * as message from '../../protocol/messages.js';
import { ServerCode } from '../../protocol/server-code.js';
import type { WatchType } from '../tree/watch-manager.js';
import { answer, DONE, refusal } from './answer.js';
import type { Read } from './reads.js';

/** What AddWatch asks for, by its number. */
const MODES = ['persistent', 'persistent-recursive'] as const;

/** The operations about watches alone. */
export const WATCH_REQUESTS: Readonly<Record<string, Read>> = {
  setWatches(reader, { database, target }) {
    database.watches.set(message.setWatches.read(reader), target, (path) => database.tree.get(path));
    return DONE;
  },

  setWatches2(reader, { database, target }) {
    database.watches.set(message.setWatches2.read(reader), target, (path) => database.tree.get(path));
    return DONE;
  },

  addWatch(reader, { database, target }) {
    const { path, mode: number } = message.pathAndMode.read(reader);
    const mode = MODES[number];
    if (!mode) return refusal(ServerCode.MARSHALLING_ERROR);
    database.watches.addPersistent(path, target, mode);
    return answer(message.errorOnly, { error: 0 });
  },

  checkWatches(reader, { database }) {
    const { path, type } = message.pathAndType.read(reader);
    if (!isWatchType(type)) return refusal(ServerCode.MARSHALLING_ERROR);
    if (path === '') return refusal(ServerCode.NO_WATCHER);
    if (!path.startsWith('/')) return refusal(ServerCode.MARSHALLING_ERROR);
    return database.watches.has(path, type) ? DONE : refusal(ServerCode.NO_WATCHER);
  },

  removeWatches(reader, { database, target }) {
    const { path, type } = message.pathAndType.read(reader);
    if (!isWatchType(type)) return refusal(ServerCode.MARSHALLING_ERROR);
    return database.watches.remove(path, target, type) ? DONE : refusal(ServerCode.NO_WATCHER);
  },
};

function isWatchType(type: number): type is WatchType {
  return type === 1 || type === 2 || type === 3;
}
