import { beforeEach, describe, expect, it } from 'vitest';
import type { WatchedEvent, Watcher } from '../../../../index.js';
import { ConnectionLossError } from '../../../../lib/core/errors.js';
import { ServerCode } from '../../../../lib/protocol/server-code.js';
import { serverError } from '../../../../lib/protocol/server-error.js';
import { Chroot } from '../../../../lib/zookeeper/session/chroot.js';
import { SessionWatches } from '../../../../lib/zookeeper/session/session-watches.js';
import type { ArmingRead, ServerWatchType, Submission } from '../../../../lib/zookeeper/session/submission.js';
import { WatchRequests } from '../../../../lib/zookeeper/session/watch-requests.js';
import { turn } from '../../../../testing/passing-time.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';

/** A request about watches that waits for its answer. */
interface Sent {
  readonly name: string;
  readonly frame: Buffer;
  answer(): void;
  refuse(): void;
  /** Ends without an answer. */
  lose(): void;
}

let sent: Sent[];
let watches: SessionWatches;
let events: string[];

const watcher: Watcher = ({ type, path }) => void events.push(`${type} ${path}`);

/** The last transaction that the client has seen. */
let seen: { last: bigint };
/** Whether requests wait for their turn to be sent. */
let isQueueFull: boolean;

function connect(zxid: bigint): void {
  watches.opened();
  seen = { last: zxid };
  const submit = <T>({ wire, path, onSent }: Submission<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (!isQueueFull) onSent?.();
      sent.push({
        name: `${wire.name} ${path}`,
        frame: wire.frame,
        answer: () => resolve(undefined as T),
        refuse: () => reject(serverError(ServerCode.UNIMPLEMENTED, wire.name, path)),
        lose: () => reject(new ConnectionLossError('cut')),
      });
    });
  watches.rearmed(new WatchRequests(seen, submit));
}

function names(): string[] {
  return sent.map(({ name }) => name);
}

/** Answers all requests that wait, and those that follow from that. */
async function answerAll(): Promise<void> {
  for (let next = sent.shift(); next; next = sent.shift()) {
    next.answer();
    await turn();
  }
}

function readOf(type: ServerWatchType, absolute: string, by: Watcher = watcher): ArmingRead {
  return { type, absolute, watcher: by };
}

function arm(type: ServerWatchType, absolute: string): void {
  watches.begin(readOf(type, absolute));
  watches.end(readOf(type, absolute), type);
}

async function fire(type: WatchedEvent['type'], path: string): Promise<string[]> {
  watches.fire({ type, path });
  await turn();
  return events.splice(0);
}

beforeEach(() => {
  sent = [];
  events = [];
  isQueueFull = false;
  watches = new SessionWatches(new Chroot('/root'), () => {});
  connect(7n);
});

describe('a one-shot watch of children', () => {
  beforeEach(async () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await answerAll();
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
    expect(names()).toEqual([]);
    watches.end(read, null);
    expect(names()).toEqual(['removeWatches /root/a']);
  });
});

describe('the removal of the last watcher of the root of a recursive watch', () => {
  it('leaves the watch of the data alone, with which servers before 3.9 remove the recursive one', async () => {
    isQueueFull = true;
    for (const type of ['data', 'child'] as const) arm(type, '/root/a');
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    watches.remove('/root/a', watcher);
    expect(names()).toEqual(['addWatch /root/a', 'removeWatches /root/a']);
    isQueueFull = false;
    await answerAll();
    arm('data', '/root/a');
    watches.remove('/root/a', watcher);
    expect(names()).toEqual([]);
  });
});

describe('the removal of a recursive watch', () => {
  it.each(['data', 'child'] as const)(
    'waits for all reads that arm a watch of its root (%s), and comes once',
    async (type) => {
      const registration = watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
      await answerAll();
      const reads = Array.from({ length: 3 }, () => readOf(type, '/root/a'));
      for (const read of reads) watches.begin(read);
      registration.remove();
      for (const read of reads.slice(1)) watches.end(read, type);
      expect(names()).toEqual([]);
      watches.end(readOf(type, '/root/a'), type);
      expect(names()).toEqual(['removeWatches /root/a', 'setWatches /root/a']);
      await answerAll();
      arm(type, '/root/a');
      expect(names()).toEqual([]);
    },
  );
});

describe('an ended connection', () => {
  it('leaves nothing to be sent over the next one: neither removals, nor what waited for a read', async () => {
    arm('data', '/root/b');
    const read = readOf('data', '/root/a');
    watches.begin(read);
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    sent.shift()?.refuse();
    await turn();
    watches.interrupted();
    watches.remove('/root/b', watcher);
    expect(names()).toEqual([]);
    connect(8n);
    sent.shift()?.answer();
    await turn();
    watches.end(read, 'data');
    await turn();
    expect(names()).toEqual([]);
  });
});

it('what was missed is asked for with each root as recursive, which would lose its watch, also one that waits', async () => {
  const listener = new RecordingTreeListener();
  listener.paths = ['/a', '/a/b', '/a/c'];
  watches.trees.watch('/a', '/root/a', listener);
  isQueueFull = true;
  watches.trees.watch('/a/b', '/root/a/b', new RecordingTreeListener());
  sent.shift()?.answer();
  await turn();
  const { name, frame } = sent.at(-1) as Sent;
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
    sent.shift()?.answer();
    await turn();
    expect(names()).toEqual(['setWatches2 /root/a']);
    await fire('NodeChildrenChanged', '/root/a');
    expect(listener.events).toEqual(['NodeChildrenChanged /a']);
    await answerAll();
    await fire('NodeChildrenChanged', '/root/a');
    expect(listener.items).toEqual(['NodeChildrenChanged /a', 'armed']);
  });

  it('hears nothing of changed children when the connection has ended meanwhile', async () => {
    listener.paths = ['/a'];
    watches.trees.watch('/a', '/root/a', listener);
    sent.shift()?.answer();
    await turn();
    watches.interrupted();
    connect(8n);
    await fire('NodeChildrenChanged', '/root/a');
    expect(listener.items).toEqual(['interrupted']);
  });

  it('hears nothing of a refusal that was about an earlier connection', async () => {
    watches.trees.watch('/a', '/root/a', listener);
    sent.shift()?.refuse();
    watches.interrupted();
    connect(8n);
    await turn();
    expect(listener.items).toEqual(['interrupted']);
    await answerAll();
    expect(listener.items).toEqual(['interrupted', 'armed']);
  });

  it('hears at once of a refusal that another one has heard, though not of one of an ended connection', async () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    sent.shift()?.refuse();
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
    sent.shift()?.lose();
    await turn();
    expect(listener.items).toEqual([]);
  });

  it('that hears of a refusal leaves the reads of the root to arm its watches', async () => {
    watches.trees.watch('/a', '/root/a', listener);
    sent.shift()?.refuse();
    await turn();
    const frame = Buffer.from([0]);
    watches.send(readOf('data', '/root/a'), frame);
    expect(frame[0]).toBe(1);
  });

  it('hears nothing, and asks nothing, once it is removed', async () => {
    listener.paths = ['/a'];
    const kept = watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await answerAll();
    const registration = watches.trees.watch('/a', '/root/a', listener);
    expect(names()).toEqual(['setWatches2 /root/a']);
    registration.remove();
    await answerAll();
    expect(listener.items).toEqual([]);
    kept.remove();
    expect(names()).toEqual(['removeWatches /root/a']);
  });

  it('that is removed asks nothing of a server without recursive watches, without a connection, or at the end', async () => {
    const registrations = ['/a', '/b', '/c'].map((path) => watches.trees.watch(path, `/root${path}`, listener));
    for (const each of sent.splice(0)) each.refuse();
    await turn();
    registrations[0]?.remove();
    watches.interrupted();
    registrations[1]?.remove();
    const registration = watches.trees.watch('/d', '/root/d', listener);
    expect(names()).toEqual([]);
    connect(8n);
    await answerAll();
    watches.close();
    registration.remove();
    expect(names()).toEqual([]);
  });
});

describe('the transaction after which watches may not have been armed', () => {
  it('is the last one before the oldest request for a recursive watch without an answer', () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    seen.last = 8n;
    watches.trees.watch('/a/b', '/root/a/b', new RecordingTreeListener());
    expect([watches.interrupted(), watches.interrupted()]).toEqual([7n, undefined]);
    connect(9n);
    watches.trees.watch('/b', '/root/b', new RecordingTreeListener());
    expect(watches.interrupted()).toBe(9n);
  });

  it('is none once the server has answered', async () => {
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await answerAll();
    expect(watches.interrupted()).toBe(undefined);
  });

  it('is that before a refused request until the one-shot watches of its root are armed', async () => {
    arm('data', '/root/a');
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    sent.shift()?.refuse();
    await turn();
    expect(names()).toEqual(['setWatches /root/a']);
    expect(watches.interrupted()).toBe(7n);
  });

  it('is none once the one-shot watches are armed at a server without recursive ones', async () => {
    arm('data', '/root/a');
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    sent.shift()?.refuse();
    await turn();
    await answerAll();
    expect(watches.interrupted()).toBe(undefined);
  });

  it.each([
    [0, 7n],
    [1, 7n],
    [2, undefined],
  ])('after %d answers about the removal of a recursive watch is %s', async (answered, zxid) => {
    const registration = watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await answerAll();
    arm('data', '/root/a');
    registration.remove();
    expect(names()).toEqual(['removeWatches /root/a', 'setWatches /root/a']);
    for (const each of sent.slice(0, answered)) each.answer();
    await turn();
    expect(watches.interrupted()).toBe(zxid);
  });
});
