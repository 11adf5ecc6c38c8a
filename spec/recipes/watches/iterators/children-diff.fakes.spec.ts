import { describe, expect, it } from 'vitest';
import { ChildrenWatch, InvalidArgumentError } from '../../../../index.js';
import { diffChildren } from '../../../../recipes/watches/children-diff.js';
import { FakeClient } from '../../../../testing/fake-client.js';
import { turn } from '../../../../testing/passing-time.js';
import { Recorder } from '../../../../testing/recorder.js';

describe('a children diff', () => {
  it.for([
    ['', '', '', ''],
    ['', 'a,b', 'a,b', ''],
    ['a,b', '', '', 'a,b'],
    ['a,b', 'a,b', '', ''],
    ['a,c', 'b,d', 'b,d', 'a,c'],
    ['a,b,c', 'b', '', 'a,c'],
    ['b', 'a,b,c', 'a,c', ''],
    ['a-10,a-9', 'a-10,a-100,a-9', 'a-100', ''],
    ['\u{e9},\u{1f600},\u{ff5e}', '\u{1f600},\u{ff5e}', '', '\u{e9}'],
  ] as const)('from [%s] to [%s] is: added [%s], removed [%s]', ([before, now, added, removed]) => {
    const list = (names: string) => (names === '' ? [] : names.split(','));
    expect(diffChildren(list(before), list(now))).toEqual({ added: list(added), removed: list(removed) });
  });
});

/** The calls of a watch with these options, each with all its arguments. */
async function callsWith(options: { sendEvent?: boolean; sendDiff?: boolean; waitForNode?: boolean }) {
  const client = new FakeClient();
  for (const path of ['/node', '/node/a']) client.tree.create(path);
  const calls = new Recorder<unknown[]>();
  const watch = new ChildrenWatch(client, '/node', (...args: unknown[]) => calls.record(args), options);
  await turn();
  client.tree.create('/node/b');
  await turn();
  client.tree.delete('/node/a');
  await turn();
  return { client, watch, calls };
}

const event = { type: 'NodeChildrenChanged', path: '/node' };

describe('the arguments of the function of a ChildrenWatch', () => {
  it.for([{}, { sendEvent: false, sendDiff: false }])('with %o are the children alone', async (options) => {
    expect((await callsWith(options)).calls.items).toStrictEqual([[['a']], [['a', 'b']], [['b']]]);
  });

  it('with sendEvent are the children and the event only', async () => {
    expect((await callsWith({ sendEvent: true })).calls.items).toStrictEqual([
      [['a'], null],
      [['a', 'b'], event],
      [['b'], event],
    ]);
  });

  it.for([{ sendDiff: true }, { sendDiff: true, sendEvent: true }, { sendDiff: true, sendEvent: false }])(
    'with %o are the children, the event and the difference from the previous call',
    async (options) => {
      expect((await callsWith(options)).calls.items).toStrictEqual([
        [['a'], null, { added: ['a'], removed: [] }],
        [['a', 'b'], event, { added: ['b'], removed: [] }],
        [['b'], event, { added: [], removed: ['a'] }],
      ]);
    },
  );

  it('with waitForNode report all children of a deleted znode as removed', async () => {
    const { client, calls } = await callsWith({ sendDiff: true, waitForNode: true });
    client.become('suspended');
    client.tree.delete('/node/b');
    client.tree.delete('/node');
    client.become('connected');
    await turn();
    expect(calls.last).toStrictEqual([null, null, { added: [], removed: ['b'] }]);
  });

  it('include, after a call that threw, the difference from that call', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    const added = new Recorder<readonly string[]>();
    const watch = new ChildrenWatch(
      client,
      '/node',
      (_children, _event, diff) => {
        added.record(diff.added);
        throw new Error('boom');
      },
      { sendDiff: true },
    );
    watch.on('error', () => {});
    await turn();
    client.tree.create('/node/a');
    await turn();
    client.tree.create('/node/b');
    await turn();
    expect(added.items).toEqual([[], ['a'], ['b']]);
  });

  it('include the difference after a new session, and after coalesced changes', async () => {
    const client = new FakeClient();
    for (const path of ['/node', '/node/a']) client.tree.create(path);
    const calls = new Recorder<unknown[]>();
    let settle = () => {};
    const slow = (...args: unknown[]) => {
      calls.record(args);
      return new Promise<void>((resolve) => {
        settle = resolve;
      });
    };
    new ChildrenWatch(client, '/node', slow, { sendDiff: true });
    await turn();
    client.tree.create('/node/b');
    await turn();
    client.become('suspended');
    client.become('lost');
    client.tree.delete('/node/a');
    client.become('connected');
    await turn();
    settle();
    await turn();
    expect(calls.items.slice(1)).toStrictEqual([[['b'], null, { added: ['b'], removed: ['a'] }]]);
  });

  it.for([0, 'true', null])('are an InvalidArgumentError for sendDiff: %o', (sendDiff) => {
    const make = () => new ChildrenWatch(new FakeClient(), '/node', { sendDiff: sendDiff as never });
    expect(make).toThrow(InvalidArgumentError);
  });
});
