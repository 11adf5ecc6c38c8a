import { isUtf8 } from 'node:buffer';
import type { Stat } from '../core/coordination-client.js';

/** A znode's data in JSON, which has no bytes. */
export interface JsonData {
  readonly data: string | null;
  /** How to get the bytes back. */
  readonly encoding: 'utf8' | 'base64' | null;
}

/** Text as it is, everything else in base64; `null` when there is no znode. */
export function toJsonData(data: Buffer | null): JsonData {
  if (data === null) return { data: null, encoding: null };
  const encoding = isUtf8(data) ? 'utf8' : 'base64';
  return { data: data.toString(encoding), encoding };
}

/** A stat in JSON, whose numbers have 53 bits: what is a bigint in the library is a decimal string. */
export function toJsonStat(stat: Stat | null): object | null {
  if (stat === null) return null;
  const fields = Object.entries(stat).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]);
  return Object.fromEntries(fields);
}
