import { beforeEach, describe, expect, it } from 'vitest';
import { Chroot } from '../../../../lib/zookeeper/session/chroot.js';
import { SessionWatches } from '../../../../lib/zookeeper/session/session-watches.js';
import { turn } from '../../../../testing/passing-time.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';
import { HeldWatchRequests } from '../../../support/held-watch-requests.js';

let server: HeldWatchRequests;
let watches: SessionWatches;

beforeEach(() => {
  watches = new SessionWatches(new Chroot('/root'), () => {});
  server = new HeldWatchRequests(watches);
  server.connect(7n);
});

describe('the transaction after which watches may not have been armed', () => {
  it('is the last one before the oldest request for a recursive watch without an answer', () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    server.seen.last = 8n;
    watches.trees.watch('/a/b', '/root/a/b', new RecordingTreeListener());
    expect([watches.interrupted(), watches.interrupted()]).toEqual([7n, undefined]);
    server.connect(9n);
    watches.trees.watch('/b', '/root/b', new RecordingTreeListener());
    expect(watches.interrupted()).toBe(9n);
  });

  it('is none once the server has answered', async () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await server.answerAll();
    expect(watches.interrupted()).toBe(undefined);
  });

  it('is that before a refused request until the one-shot watches of its root are armed', async () => {
    server.arm({ type: 'data', absolute: '/root/a', watcher: () => {} });
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    server.sent.shift()?.refuse();
    await turn();
    expect(server.names).toEqual(['setWatches /root/a']);
    expect(watches.interrupted()).toBe(7n);
  });

  it('is none once the one-shot watches are armed at a server without recursive ones', async () => {
    server.arm({ type: 'data', absolute: '/root/a', watcher: () => {} });
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    server.sent.shift()?.refuse();
    await turn();
    await server.answerAll();
    expect(watches.interrupted()).toBe(undefined);
  });

  it.each([
    [0, 7n],
    [1, 7n],
    [2, undefined],
  ])('after %d answers about the removal of a recursive watch is %s', async (answered, zxid) => {
    const registration = watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await server.answerAll();
    server.arm({ type: 'data', absolute: '/root/a', watcher: () => {} });
    registration.remove();
    expect(server.names).toEqual(['removeWatches /root/a', 'setWatches /root/a']);
    for (const each of server.sent.slice(0, answered)) each.answer();
    await turn();
    expect(watches.interrupted()).toBe(zxid);
  });
});
