import { int, long, record, string, text, vector } from './codec.js';
import { statRecord } from './records.js';

/** The beginning of each later reply. */
export const replyHeaderRecord = record({ xid: int, zxid: long, error: int });

export const pathAndModeRecord = record({ path: text, mode: int });

export const totalOnlyRecord = record({ total: int });

export const setWatches2Record = record({
  relativeZxid: long,
  data: vector(text),
  exist: vector(text),
  child: vector(text),
  persistent: vector(text),
  persistentRecursive: vector(text),
});

export const childrenAndStatRecord = record({ children: vector(string), stat: statRecord });
