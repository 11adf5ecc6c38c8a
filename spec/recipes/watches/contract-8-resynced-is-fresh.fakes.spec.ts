import { describe, expect, it } from 'vitest';
import { ChildrenWatch, DataWatch, TreeWatch } from '../../../index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

type Func = () => unknown;

/** A watch of /a whose calls wait from now on, with its calls and its events, each with the status at that time. */
async function slowWatch(watchOf: (client: FakeTreeClient, func: Func) => DataWatch | ChildrenWatch | TreeWatch) {
  const client = new FakeTreeClient();
  client.tree.create('/a', '');
  const log = new Recorder<string>();
  const releases: (() => void)[] = [];
  let isSlow = false;
  const watch = watchOf(client, () => {
    log.record('call');
    return isSlow ? new Promise<void>((resolve) => releases.push(resolve)) : undefined;
  });
  await watch.ready;
  isSlow = true;
  log.clear();
  watch.on('resynced', () => log.record(`resynced, ${watch.status}`));
  const change = async (name: string): Promise<void> => {
    client.tree.set('/a', name);
    client.tree.create(`/a/${name}`);
    await turn();
  };
  const become = async (state: 'suspended' | 'connected'): Promise<void> => {
    client.become(state);
    await turn();
  };
  const release = async (): Promise<void> => {
    releases.shift()?.();
    await turn();
  };
  return { watch, log, change, become, release };
}

describe.each([
  ['DataWatch', (client: FakeTreeClient, func: Func) => new DataWatch(client, '/a', func)],
  ['ChildrenWatch', (client: FakeTreeClient, func: Func) => new ChildrenWatch(client, '/a', func)],
  ['TreeWatch', (client: FakeTreeClient, func: Func) => new TreeWatch(client, '/a', func)],
] as const)('a %s whose function was slow over a recovery emits resynced once it is fresh', (_, watchOf) => {
  it('and not when the connection has been lost again', async () => {
    const { watch, log, change, become, release } = await slowWatch(watchOf);
    await become('suspended');
    await change('one');
    await become('connected');
    await become('suspended');
    await release();
    expect(log.items).toEqual(['call']);
    await become('connected');
    await release();
    expect(log.items.filter((item) => item !== 'call')).toEqual(['resynced, fresh']);
    watch.stop();
  });

  it('and not before the call for a change that came meanwhile', async () => {
    const { watch, log, change, become, release } = await slowWatch(watchOf);
    await become('suspended');
    await change('one');
    await become('connected');
    await change('two');
    await release();
    expect(log.items).toEqual(['call', 'call']);
    await release();
    expect(log.items).toEqual(['call', 'call', 'resynced, fresh']);
    await change('three');
    await release();
    expect(log.items).toEqual(['call', 'call', 'resynced, fresh', 'call']);
    watch.stop();
  });
});

describe.each([
  ['DataWatch', (client: FakeTreeClient) => new DataWatch(client, '/a', () => {})],
  ['ChildrenWatch', (client: FakeTreeClient) => new ChildrenWatch(client, '/a', () => {})],
  ['TreeWatch', (client: FakeTreeClient) => new TreeWatch(client, '/a', () => {})],
] as const)('a %s on a client that is not suspended first', (_, watchOf) => {
  it.each(['lost', 'connecting'] as const)('emits resynced after the state %s', async (state) => {
    const client = new FakeTreeClient();
    client.tree.create('/a', '');
    const watch = watchOf(client);
    await watch.ready;
    const resynced = new Recorder<string>();
    watch.on('resynced', () => resynced.record(watch.status));
    client.become(state);
    client.tree.set('/a', 'new');
    await turn();
    client.become('connected');
    expect(await resynced.untilCount(1)).toEqual(['fresh']);
    watch.stop();
  });
});
