import type { ConnectionOptions } from 'node:tls';
import { fourLetterWord } from './four-letter-word.js';

/** The watches that servers hold, as their four-letter words list them. */
export interface HeldWatches {
  /** `/path 0xsession` for each data watch, sorted. */
  readonly data: readonly string[];
  /** The number of all watches of children: no word of ZooKeeper lists them. */
  readonly children: number;
}

/**
 * Asks each of the servers, on their client ports.
 *
 * @param tls for ports with TLS
 */
export async function heldWatches(ports: readonly number[], tls?: ConnectionOptions): Promise<HeldWatches> {
  const all = await Promise.all(ports.map((port) => heldBy(port, tls)));
  return {
    data: all.flatMap(({ data }) => data).sort(),
    children: all.reduce((sum, { children }) => sum + children, 0),
  };
}

async function heldBy(port: number, tls: ConnectionOptions | undefined): Promise<HeldWatches> {
  const ask = (word: string): Promise<string> => fourLetterWord(port, word, undefined, tls);
  let answers: readonly [string, string];
  try {
    answers = [await ask('wchp'), await ask('mntr')];
  } catch (error) {
    // A server that does not run holds none.
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return { data: [], children: 0 };
    throw error;
  }
  const [byPath, monitor] = answers;
  const data: string[] = [];
  let path = '';
  for (const line of byPath.split('\n')) {
    if (line.startsWith('/')) path = line;
    else if (line.startsWith('\t')) data.push(`${path} ${line.trim()}`);
  }
  const total = Number(/^zk_watch_count\t(\d+)/m.exec(monitor)?.[1]);
  return { data, children: total - data.length };
}
