import { describe, expect, it } from 'vitest';
import { SESSION } from '../../../../lib/core/limits.js';
import { makeFakeClient } from '../../../../testing/fake-connector.js';
import { turn } from '../../../../testing/passing-time.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';

describe('the request for a recursive watch that still waits as its connection ends', () => {
  it('is not sent over the next one: the tree may not be watched any more', async () => {
    const { client, network } = makeFakeClient();
    network.onConnection = (connection) => connection.open();
    await client.connect();
    const first = network.last;
    const reads = Array.from({ length: SESSION.requestsInFlight }, () => client.exists('/a'));
    const [kept, removed] = [new RecordingTreeListener(), new RecordingTreeListener()];
    client.watchTree('/kept', kept);
    const registration = client.watchTree('/removed', removed);
    expect(first.named('addWatch')).toEqual([]);
    first.end('failed');
    registration.remove();
    const second = await network.connection(2);
    await turn();
    for (let answered = 0; answered < second.requests.items.length; answered += 1) {
      second.requests.items[answered]?.answer(null);
      await turn();
    }
    await Promise.all(reads);
    const paths = second.named('addWatch').map(({ frame }) => frame.toString('utf8', 16, frame.length - 4));
    expect([paths, kept.items, removed.items]).toEqual([['/kept'], ['interrupted', 'armed'], ['interrupted']]);
    const closing = client.close();
    second.named('closeSession')[0]?.answer();
    await closing;
  });
});
