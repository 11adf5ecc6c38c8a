import { beforeEach, describe, expect, it } from 'vitest';
import type { WatchedEvent, Watcher } from '../../../../index.js';
import { Chroot } from '../../../../lib/zookeeper/session/chroot.js';
import { SessionWatches } from '../../../../lib/zookeeper/session/session-watches.js';
import type { ArmingRead, ServerWatchType } from '../../../../lib/zookeeper/session/submission.js';
import { turn } from '../../../../testing/passing-time.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';
import { type HeldRequest, HeldWatchRequests } from '../../../support/held-watch-requests.js';

let server: HeldWatchRequests;
let watches: SessionWatches;
let events: string[];

const watcher: Watcher = ({ type, path }) => void events.push(`${type} ${path}`);

function readOf(type: ServerWatchType, absolute: string, by: Watcher = watcher): ArmingRead {
  return { type, absolute, watcher: by };
}

function arm(type: ServerWatchType, absolute: string): void {
  server.arm(readOf(type, absolute));
}

async function fire(type: WatchedEvent['type'], path: string): Promise<string[]> {
  watches.fire({ type, path });
  await turn();
  return events.splice(0);
}

beforeEach(() => {
  events = [];
  watches = new SessionWatches(new Chroot('/root'), () => {});
  server = new HeldWatchRequests(watches);
  server.connect(7n);
});

describe('a one-shot watch of children', () => {
  beforeEach(async () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await server.answerAll();
    for (const path of ['/root/a', '/root/b']) arm('child', path);
  });

  it.each(['NodeCreated', 'NodeDeleted'] as const)('of the root of a recursive watch is called at %s', async (type) => {
    expect(await fire(type, '/root/a/x')).toEqual(['NodeChildrenChanged /a']);
  });

  it('is not called for a change of the data of a child, nor beside a recursive watch', async () => {
    expect(await fire('NodeDataChanged', '/root/a/x')).toEqual([]);
    expect(await fire('NodeCreated', '/root/b/x')).toEqual([]);
  });

  it('is armed by a read though a recursive watch stands there, as a watch of the data is not', () => {
    const frame = Buffer.from([1]);
    const armedBy = (type: ServerWatchType): number | undefined => {
      watches.send(readOf(type, '/root/a'), frame);
      return frame[0];
    };
    expect([armedBy('child'), armedBy('data')]).toEqual([1, 0]);
  });
});

describe('the server’s watch of a path', () => {
  it('that a read was arming again is removed when that read fails, and its last watcher has gone', async () => {
    arm('data', '/root/a');
    const read = readOf('data', '/root/a', () => {});
    watches.begin(read);
    watches.remove('/root/a', watcher);
    expect(server.names).toEqual([]);
    watches.end(read, null);
    expect(server.names).toEqual(['removeWatches /root/a']);
  });
});

describe('the removal of the last watcher of the root of a recursive watch', () => {
  it('leaves the watch of the data alone, with which servers before 3.9 remove the recursive one', async () => {
    server.isQueueFull = true;
    for (const type of ['data', 'child'] as const) arm(type, '/root/a');
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    watches.remove('/root/a', watcher);
    expect(server.names).toEqual(['addWatch /root/a', 'removeWatches /root/a']);
    server.isQueueFull = false;
    await server.answerAll();
    arm('data', '/root/a');
    watches.remove('/root/a', watcher);
    expect(server.names).toEqual([]);
  });
});

describe('the removal of a recursive watch', () => {
  it.each(['data', 'child'] as const)(
    'waits for all reads that arm a watch of its root (%s), and comes once',
    async (type) => {
      const registration = watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
      await server.answerAll();
      const reads = Array.from({ length: 3 }, () => readOf(type, '/root/a'));
      for (const read of reads) watches.begin(read);
      registration.remove();
      for (const read of reads.slice(1)) watches.end(read, type);
      expect(server.names).toEqual([]);
      watches.end(readOf(type, '/root/a'), type);
      expect(server.names).toEqual(['removeWatches /root/a', 'setWatches /root/a']);
      await server.answerAll();
      arm(type, '/root/a');
      expect(server.names).toEqual([]);
    },
  );
});

describe('an ended connection', () => {
  it('leaves nothing to be sent over the next one: neither removals, nor what waited for a read', async () => {
    arm('data', '/root/b');
    const read = readOf('data', '/root/a');
    watches.begin(read);
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    server.sent.shift()?.refuse();
    await turn();
    watches.interrupted();
    watches.remove('/root/b', watcher);
    expect(server.names).toEqual([]);
    server.connect(8n);
    server.sent.shift()?.answer();
    await turn();
    watches.end(read, 'data');
    await turn();
    expect(server.names).toEqual([]);
  });
});

it('what was missed is asked for with each root as recursive, which would lose its watch, also one that waits', async () => {
  const listener = new RecordingTreeListener();
  listener.paths = ['/a', '/a/b', '/a/c'];
  watches.trees.watch('/a', '/root/a', listener);
  server.isQueueFull = true;
  watches.trees.watch('/a/b', '/root/a/b', new RecordingTreeListener());
  server.sent.shift()?.answer();
  await turn();
  const { name, frame } = server.sent.at(-1) as HeldRequest;
  expect(name).toBe('setWatches2 /root/a');
  const last = '\0\0\0\x02\0\0\0\x07/root/a\0\0\0\x09/root/a/b';
  expect(frame.toString('latin1').slice(-last.length)).toBe(last);
});

describe('a listener of a recursive watch', () => {
  let listener: RecordingTreeListener;

  beforeEach(() => {
    listener = new RecordingTreeListener();
  });

  it('hears of changed children only while the server is asked for what was missed', async () => {
    listener.paths = ['/a'];
    watches.trees.watch('/a', '/root/a', listener);
    server.sent.shift()?.answer();
    await turn();
    expect(server.names).toEqual(['setWatches2 /root/a']);
    await fire('NodeChildrenChanged', '/root/a');
    expect(listener.events).toEqual(['NodeChildrenChanged /a']);
    await server.answerAll();
    await fire('NodeChildrenChanged', '/root/a');
    expect(listener.items).toEqual(['NodeChildrenChanged /a', 'armed']);
  });

  it('hears nothing of changed children when the connection has ended meanwhile', async () => {
    listener.paths = ['/a'];
    watches.trees.watch('/a', '/root/a', listener);
    server.sent.shift()?.answer();
    await turn();
    watches.interrupted();
    server.connect(8n);
    await fire('NodeChildrenChanged', '/root/a');
    expect(listener.items).toEqual(['interrupted']);
  });

  it('hears nothing of a refusal that was about an earlier connection', async () => {
    watches.trees.watch('/a', '/root/a', listener);
    server.sent.shift()?.refuse();
    watches.interrupted();
    server.connect(8n);
    await turn();
    expect(listener.items).toEqual(['interrupted']);
    await server.answerAll();
    expect(listener.items).toEqual(['interrupted', 'armed']);
  });

  it('hears at once of a refusal that another one has heard, though not of one of an ended connection', async () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    server.sent.shift()?.refuse();
    await turn();
    watches.trees.watch('/a', '/root/a', listener);
    expect(listener.items).toEqual(['unsupported']);
    watches.interrupted();
    const later = new RecordingTreeListener();
    watches.trees.watch('/a', '/root/a', later);
    expect(later.items).toEqual([]);
  });

  it('hears of no refusal when the request ends without an answer', async () => {
    watches.trees.watch('/a', '/root/a', listener);
    server.sent.shift()?.lose();
    await turn();
    expect(listener.items).toEqual([]);
  });

  it('that hears of a refusal leaves the reads of the root to arm its watches', async () => {
    watches.trees.watch('/a', '/root/a', listener);
    server.sent.shift()?.refuse();
    await turn();
    const frame = Buffer.from([0]);
    watches.send(readOf('data', '/root/a'), frame);
    expect(frame[0]).toBe(1);
  });

  it('hears nothing, and asks nothing, once it is removed', async () => {
    listener.paths = ['/a'];
    const kept = watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await server.answerAll();
    const registration = watches.trees.watch('/a', '/root/a', listener);
    expect(server.names).toEqual(['setWatches2 /root/a']);
    registration.remove();
    await server.answerAll();
    expect(listener.items).toEqual([]);
    kept.remove();
    expect(server.names).toEqual(['removeWatches /root/a']);
  });

  it('that is removed asks nothing of a server without recursive watches, without a connection, or at the end', async () => {
    const registrations = ['/a', '/b', '/c'].map((path) => watches.trees.watch(path, `/root${path}`, listener));
    for (const each of server.sent.splice(0)) each.refuse();
    await turn();
    registrations[0]?.remove();
    watches.interrupted();
    registrations[1]?.remove();
    const registration = watches.trees.watch('/d', '/root/d', listener);
    expect(server.names).toEqual([]);
    server.connect(8n);
    await server.answerAll();
    watches.close();
    registration.remove();
    expect(server.names).toEqual([]);
  });
});
