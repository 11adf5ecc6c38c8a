import { beforeEach, describe, expect, it } from 'vitest';
import type { Watcher } from '../../../../index.js';
import { ServerCode } from '../../../../lib/protocol/server-code.js';
import { serverError } from '../../../../lib/protocol/server-error.js';
import { Chroot } from '../../../../lib/zookeeper/session/chroot.js';
import { SessionWatches } from '../../../../lib/zookeeper/session/session-watches.js';
import type { ArmingRead, Submission } from '../../../../lib/zookeeper/session/submission.js';
import { WatchRequests } from '../../../../lib/zookeeper/session/watch-requests.js';
import { turn } from '../../../../testing/passing-time.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';

/** The requests about watches, each answered in a later microtask. */
let sent: string[];
/** The operations that the server refuses. */
let refused: string[];
/** The server's answers to reads: a result, or the number of an error. */
let answers: Record<string, unknown>;
let watches: SessionWatches;

async function submit<T>({ wire, path, onSent }: Submission<T>): Promise<T> {
  onSent?.();
  sent.push(`${wire.name} ${path}${wire.name in answers && wire.frame.at(-1) === 1 ? ', armed' : ''}`);
  if (refused.includes(wire.name)) throw serverError(ServerCode.UNIMPLEMENTED, wire.name, path);
  const answer = answers[wire.name];
  if (typeof answer === 'number') throw serverError(answer, wire.name, path);
  return answer as T;
}

async function watchTree(): Promise<{ remove(): void }> {
  const listener = new RecordingTreeListener();
  const registration = watches.trees.watch('/a', '/root/a', listener);
  await listener.untilArmed();
  return registration;
}

const CHILD: ArmingRead = { type: 'child', absolute: '/root/a', watcher: () => {} };
const DATA: ArmingRead = { type: 'data', absolute: '/root/a', watcher: () => {} };

beforeEach(() => {
  sent = [];
  refused = [];
  answers = {};
  watches = new SessionWatches(new Chroot('/root'), () => {});
  watches.opened();
  watches.rearmed(new WatchRequests({ last: 7n }, submit));
});

describe('the removal of a recursive watch', () => {
  it.each([CHILD, DATA])('is followed at once by what arms the one-shot watches of its root ($type)', async (read) => {
    const registration = await watchTree();
    watches.begin(read);
    watches.end(read, read.type);
    sent = [];
    registration.remove();
    expect(sent).toEqual(['removeWatches /root/a', 'setWatches /root/a']);
  });

  it('is all that is sent without one-shot watches of its root', async () => {
    const registration = await watchTree();
    sent = [];
    registration.remove();
    expect(sent).toEqual(['removeWatches /root/a']);
  });

  it('waits for the reads that arm one-shot watches of its root, which would go with it', async () => {
    const registration = await watchTree();
    for (const read of [CHILD, DATA, CHILD]) watches.begin(read);
    sent = [];
    registration.remove();
    watches.end(CHILD, 'child');
    watches.end(CHILD, null);
    expect(sent).toEqual([]);
    watches.end(DATA, 'exist');
    expect(sent).toEqual(['removeWatches /root/a', 'setWatches /root/a']);
  });

  it('is not sent when the tree is watched again meanwhile', async () => {
    const registration = await watchTree();
    watches.begin(DATA);
    registration.remove();
    const again = await watchTree();
    sent = [];
    watches.end(DATA, 'data');
    expect(sent).toEqual([]);
    again.remove();
    expect(sent).toEqual(['removeWatches /root/a', 'setWatches /root/a']);
  });

  it('is not sent over another connection', async () => {
    const registration = await watchTree();
    watches.begin(DATA);
    registration.remove();
    watches.interrupted();
    watches.opened();
    watches.rearmed(new WatchRequests({ last: 8n }, submit));
    sent = [];
    watches.end(DATA, 'data');
    expect(sent).toEqual([]);
  });

  it('during an outage leaves nothing that a one-shot watch of its root could rely on: the next read arms it', async () => {
    const registration = await watchTree();
    watches.interrupted();
    registration.remove();
    watches.opened();
    watches.rearmed(new WatchRequests({ last: 8n }, submit));
    const frame = Buffer.from([0]);
    watches.begin(DATA);
    watches.send(DATA, frame);
    expect(frame[0]).toBe(1);
  });
});

describe('a recursive watch that the server refuses', () => {
  it('leaves no one-shot watch of its root unarmed, though its read was sent meanwhile and is answered later', async () => {
    refused = ['addWatch'];
    const listener = new RecordingTreeListener();
    watches.trees.watch('/a', '/root/a', listener);
    const frame = Buffer.from([1]);
    watches.begin(DATA);
    watches.send(DATA, frame);
    await listener.until((all) => all.includes('unsupported'));
    watches.end(DATA, 'data');
    expect([frame[0], sent]).toEqual([0, ['addWatch /root/a', 'setWatches /root/a']]);
  });
});

describe('a one-shot watch of the root of a recursive watch that goes, at a server without SetWatches', () => {
  const events: string[] = [];
  const watcher: Watcher = ({ type, path }) => events.push(`${type} ${path}`);

  /** Makes a recursive watch whose root has these watches. The last zxid is 7. */
  async function watchWith(...lists: ('data' | 'exist' | 'child')[]): Promise<{ remove(): void }> {
    events.length = 0;
    const registration = await watchTree();
    for (const list of lists) {
      const read: ArmingRead = { type: list === 'child' ? 'child' : 'data', absolute: '/root/a', watcher };
      watches.begin(read);
      watches.end(read, list);
    }
    refused = ['setWatches'];
    sent = [];
    return registration;
  }

  it('is armed by a read', async () => {
    answers = { exists: { mzxid: 7n }, getChildren: { stat: { pzxid: 7n } } };
    (await watchWith('data', 'child')).remove();
    await turn();
    expect(sent.slice(2)).toEqual(['exists /root/a, armed', 'getChildren /root/a, armed']);
    expect(events).toEqual([]);
    expect([...watches.entries()]).toEqual([
      ['data', '/root/a'],
      ['child', '/root/a'],
    ]);
  });

  it.each([
    ['data', { exists: { mzxid: 8n } }, 'NodeDataChanged'],
    ['data', { exists: null }, 'NodeDeleted'],
    ['exist', { exists: { mzxid: 1n } }, 'NodeCreated'],
    ['child', { getChildren: { stat: { pzxid: 8n } } }, 'NodeChildrenChanged'],
    ['child', { getChildren: ServerCode.NO_NODE }, 'NodeDeleted'],
    ['child', { getChildren: ServerCode.NO_AUTH }, 'NodeChildrenChanged'],
    ['data', { exists: ServerCode.SYSTEM_ERROR }, 'NodeDataChanged'],
    ['child', { getChildren: ServerCode.SYSTEM_ERROR }, 'NodeChildrenChanged'],
  ] as const)('of the list %s is called where the read gives %o: %s', async (list, given, type) => {
    answers = given;
    (await watchWith(list)).remove();
    await turn();
    expect(events).toEqual([`${type} /a`]);
    expect([...watches.entries()]).toEqual([]);
  });

  it('of a missing znode is armed by a read that finds none', async () => {
    answers = { exists: null };
    (await watchWith('exist')).remove();
    await turn();
    expect(sent.slice(2)).toEqual(['exists /root/a, armed']);
    expect([events, [...watches.entries()]]).toEqual([[], [['exist', '/root/a']]]);
  });

  it('relies on a recursive watch that has come again before the read was sent', async () => {
    answers = { exists: { mzxid: 8n } };
    const registration = await watchWith('data');
    registration.remove();
    watches.trees.watch('/a', '/root/a', new RecordingTreeListener());
    await turn();
    expect(sent.filter((each) => each.startsWith('exists'))).toEqual(['exists /root/a']);
    expect(events).toEqual(['NodeDataChanged /a']);
  });
});
