import type { Stat } from '../core/coordination-client.js';
import { toHex } from '../core/to-hex.js';

const TIMES: ReadonlySet<string> = new Set(['ctime', 'mtime']);

/** A stat for a person: zxids in hexadecimal as the logs of the servers have them, times in UTC. */
export function statLines(stat: Stat): string {
  return Object.entries(stat)
    .map(([name, value]) => `${name} = ${TIMES.has(name) ? timeOf(value) : textOf(value)}\n`)
    .join('');
}

function textOf(value: bigint | number): string {
  return typeof value === 'bigint' ? toHex(value) : String(value);
}

/** A znode that a server made by itself can have any time. */
function timeOf(value: number): string {
  return Math.abs(value) <= LATEST ? new Date(value).toISOString() : String(value);
}

/** In ms; a Date can be no later. */
const LATEST = 8.64e15;
