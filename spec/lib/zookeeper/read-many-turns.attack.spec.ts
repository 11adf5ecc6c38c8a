import { describe, expect, it } from 'vitest';
import { CLIENT, SLICE } from '../../../lib/core/limits.js';
import { JuteReader } from '../../../lib/protocol/jute.js';
import { multiRecord } from '../../../lib/protocol/multi.js';
import { RECORD_OFFSET, type WireRequest } from '../../../lib/protocol/requests.js';
import { type ReadOperations, readMany } from '../../../lib/zookeeper/read-many.js';
import { Chroot } from '../../../lib/zookeeper/session/chroot.js';
import { paths, znode } from '../../support/played-reads.js';

const { pathsAtOnce } = CLIENT.readMany;

describe('readMany() of very many znodes', () => {
  it('leaves turns of the event loop to others, while it checks the paths and while it reads', async () => {
    let turns = 0;
    let turnsAtFirstRequest = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const all = paths(30 * pathsAtOnce);
    // Answers within the turn, as a socket does that is read again and again.
    const client = {
      chroot: new Chroot(''),
      maxRequestSize: 1_000_000,
      read: async (wire: WireRequest<unknown>) => {
        turnsAtFirstRequest ||= turns;
        const until = performance.now() + 1;
        while (performance.now() < until);
        const operations = multiRecord.read(new JuteReader(wire.frame, RECORD_OFFSET));
        return { outcomes: new Array(operations.length / 2).fill(znode('/n')), bytes: 1_000 };
      },
    } as ReadOperations;
    expect(await readMany(client, all)).toHaveLength(all.length);
    isOver = true;
    // Each request takes a millisecond, and the eight that are on their way at first all begin in one turn.
    expect(turns - turnsAtFirstRequest).toBeGreaterThanOrEqual(all.length / 200 / (8 + SLICE.most) - 1);
  });
});
