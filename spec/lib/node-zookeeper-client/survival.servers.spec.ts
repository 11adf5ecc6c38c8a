import { describe, expect } from 'vitest';
import { ChildrenWatch, type ClientState, DataWatch, PatientChildrenWatch } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, type Source, statesOf } from '../../support/adapter-fixtures.js';
import { CONNECTION_TROUBLES, EXPIRIES, type Trouble, type TroubledScene } from '../../support/troubles.js';

const TROUBLES: readonly (Trouble & { readonly source: Source })[] = [
  ...(['object', 'function'] as const).flatMap((source) => CONNECTION_TROUBLES.map((fault) => ({ ...fault, source }))),
  ...EXPIRIES.map((expiry) => ({ ...expiry, source: 'function' as const })),
];

describe('on a client of node-zookeeper-client, the watches', () => {
  it.for(TROUBLES)('continue over $name ($source)', async ({ source, begin, end }, { adapt, proxy, chroot, other }) => {
    const connectString = `${proxy.connectString}${chroot}`;
    // A cut in the middle of a long outage must not cost the object its only session.
    const { adapter, expire } = await adapt(source, {
      connectString,
      sessionTimeout: source === 'object' ? 4_000 : 800,
    });
    await other.create('/node', '0');
    const data = new Recorder<string>();
    const watchData = new DataWatch(adapter, '/node', (value) => data.record(String(value)));
    const children = new Recorder<string>();
    const watchChildren = new ChildrenWatch(adapter, '/node', (names) => children.record(names.join()));
    const patient = await new PatientChildrenWatch(adapter, '/node', { timeBoundary: 100 }).start();
    await Promise.all([watchData.ready, watchChildren.ready]);

    const states = statesOf(adapter);
    const until = (state: ClientState) => states.until((seen) => seen.includes(state));
    const scene: TroubledScene = { proxy, expire, until };
    await begin(scene);
    await other.setData('/node', '1');
    await other.create('/node/a');
    await end?.(scene);
    await data.until((all) => all.at(-1) === '1');
    await children.until((all) => all.at(-1) === 'a');
    await patient.changed;

    // The watches are armed again.
    await other.setData('/node', '2');
    await other.create('/node/b');
    await data.until((all) => all.at(-1) === '2');
    await children.until((all) => all.at(-1) === 'a,b');
    expect(data.items).toEqual(['0', '1', '2']);
    expect(children.items).toEqual(['', 'a', 'a,b']);
    expect([watchData.stopped, watchChildren.stopped]).toEqual([false, false]);
  });

  it('end with the session of an object that was handed in', async ({ adapt, other }) => {
    const { adapter, expire } = await adapt('object');
    await other.create('/node', '0');
    const states = statesOf(adapter);
    const watch = new DataWatch(adapter, '/node', () => {});
    const reasons = new Recorder<string>();
    watch.on('stop', reasons.record);
    await watch.ready;
    await expire();
    await states.until((seen) => seen.includes('closed'));
    expect(states.items.slice(-2)).toEqual(['lost', 'closed']);
    await reasons.until((all) => all.includes('client-closed'));
    await expect(adapter.getData('/node')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('end when the user closes the object', async ({ adapt }) => {
    const { adapter, client } = await adapt('object');
    const states = statesOf(adapter);
    const waiting = adapter.exists('/node');
    client().close();
    await expect(waiting).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
    await states.until((seen) => seen.includes('closed'));
    expect(states.items).toEqual(['lost', 'closed']);
  });
});
