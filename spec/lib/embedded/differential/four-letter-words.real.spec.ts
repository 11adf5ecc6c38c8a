import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fourLetterWord } from '../../../../testing/four-letter-word.js';
import { RawSession } from '../../../../testing/raw-session.js';
import type { Servers } from './compare.js';
import { startServers } from './servers.js';
import { EVERYBODY, znode } from './steps.js';

let servers: Servers & AsyncDisposable;

beforeAll(async () => {
  servers = await startServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

const EPHEMERAL = 1;
const SESSION = /0x[0-9a-f]+/g;

/** The lines in which equal servers agree, without the sessions' ids and in one order. */
async function linesOf(port: number, word: string, lines: RegExp): Promise<string[]> {
  const all = (await fourLetterWord(port, word)).split('\n');
  return all
    .filter((line) => lines.test(line))
    .map((line) => line.replace(SESSION, 'session'))
    .sort();
}

describe('the embedded server, like a real one,', () => {
  it.each<[string, RegExp]>([
    ['ruok', /./],
    ['isro', /./],
    ['srvr', /^(Zxid|Mode|Outstanding|Node count)/],
    ['stat', /^(Clients|Mode|Node count)/],
    ['mntr', /^zk_(server_state|znode|watch_count|ephemerals|approximate|global_sessions|outstanding_requests)\S*\t/],
    ['wchs', /./],
    ['wchp', /./],
    ['dump', /^(Sessions with Ephemerals|\t\/|ephemeral)/],
  ])('answers %s', async (word, lines) => {
    const [real, embedded] = await Promise.all(
      [servers.real, servers.embedded].map(async ({ port }) => {
        await using owner = await RawSession.open(port);
        await using watcher = await RawSession.open(port);
        await owner.request('create', znode('/member', EPHEMERAL, EVERYBODY));
        for (const session of [owner, watcher]) await session.request('exists', { path: '/member', watch: true });
        await watcher.request('exists', { path: '/missing', watch: true });
        await watcher.request('getChildren', { path: '/', watch: true });
        const answer = await linesOf(port, word, lines);
        for (const session of [watcher, owner]) await session.close();
        return answer;
      }),
    );
    expect(real).not.toEqual([]);
    expect(embedded).toEqual(real);
  });
});
