import { int, long, record, string, vector } from './codec.js';
import { statRecord } from './records.js';

/** The beginning of each later reply. */
export const replyHeaderRecord = record({ xid: int, zxid: long, error: int });

export const totalOnlyRecord = record({ total: int });

export const childrenAndStatRecord = record({ children: vector(string), stat: statRecord });
