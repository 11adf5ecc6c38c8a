import { beforeEach, describe, expect, it } from 'vitest';
import { ServerCode } from '../../../../lib/protocol/server-code.js';
import { serverError } from '../../../../lib/protocol/server-error.js';
import { Chroot } from '../../../../lib/zookeeper/session/chroot.js';
import { SessionWatches } from '../../../../lib/zookeeper/session/session-watches.js';
import type { ArmingRead, Submission } from '../../../../lib/zookeeper/session/submission.js';
import { WatchRequests } from '../../../../lib/zookeeper/session/watch-requests.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';

/** The requests about watches, each answered in a later microtask. */
let sent: string[];
/** The operations that the server refuses. */
let refused: string[];
let watches: SessionWatches;

async function submit({ wire, path, onSent }: Submission<void>): Promise<void> {
  sent.push(`${wire.name} ${path}`);
  onSent?.();
  if (refused.includes(wire.name)) throw serverError(ServerCode.UNIMPLEMENTED, wire.name, path);
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
