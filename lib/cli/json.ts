import { isUtf8 } from 'node:buffer';
import type { Stat } from '../core/coordination-client.js';

/** A znode's data in JSON, which cannot hold bytes. */
export interface JsonData {
  readonly data: string | null;
  /** The encoding that turns `data` back into bytes. */
  readonly encoding: 'utf8' | 'base64' | null;
}

/** Keeps text, and encodes all other data in base64; `null` when there is no znode. */
export function toJsonData(data: Buffer | null): JsonData {
  if (data === null) return { data: null, encoding: null };
  const encoding = isUtf8(data) ? 'utf8' : 'base64';
  return { data: data.toString(encoding), encoding };
}

/** A stat in JSON. Its bigints become decimal strings, because numbers in JSON are exact to 53 bits only. */
export function toJsonStat(stat: Stat | null): object | null {
  if (stat === null) return null;
  const fields = Object.entries(stat).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]);
  return Object.fromEntries(fields);
}
