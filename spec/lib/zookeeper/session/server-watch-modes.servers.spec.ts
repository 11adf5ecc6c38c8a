import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../../index.js';
import { WatcherType } from '../../../../lib/protocol/watch-types.js';
import { RawSession } from '../../../../testing/raw-session.js';
import { it } from '../../../support/fixtures.js';
import { isSince39 } from '../../../support/server-version.js';

// The behaviour of servers that the client's care for recursive watches rests on.

const TYPES = ['', 'NodeCreated', 'NodeDeleted', 'NodeDataChanged', 'NodeChildrenChanged'];

/** A session of a spec with recursive watches, and the events that it has received. */
class Watching implements AsyncDisposable {
  readonly session: RawSession;
  readonly #chroot: string;
  #seen = 0;

  constructor(session: RawSession, chroot: string) {
    this.session = session;
    this.#chroot = chroot;
  }

  static async open(port: number, chroot: string): Promise<Watching> {
    return new Watching(await RawSession.open(port), chroot);
  }

  at(path: string): string {
    return `${this.#chroot}${path}`;
  }

  async watchTree(path: string): Promise<void> {
    expect(await this.session.request('addWatch', { path: this.at(path), mode: 1 })).toMatchObject({ error: 0 });
  }

  async read(name: 'getData' | 'exists' | 'getChildren', path: string): Promise<void> {
    expect(await this.session.request(name, { path: this.at(path), watch: true })).toMatchObject({ error: 0 });
  }

  /** The error of RemoveWatches. */
  async remove(path: string, type: number): Promise<number | undefined> {
    return (await this.session.request('removeWatches', { path: this.at(path), type }))?.error;
  }

  /** The events since the last call. The server has sent them by now: it answers in order. */
  async events(): Promise<string[]> {
    await this.session.ping();
    const events = this.session.frames.items.filter((frame) => frame.kind === 'event');
    const fresh = events.slice(this.#seen);
    this.#seen = events.length;
    return fresh.map(({ type, path }) => `${TYPES[type]} ${path.slice(this.#chroot.length)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}

/** Whether a change below `/a` is still reported. */
async function isFollowed(watching: Watching, other: ZooKeeperClient): Promise<boolean> {
  await watching.events();
  await other.create('/a/probe');
  await other.delete('/a/probe');
  const events = await watching.events();
  return events.includes('NodeCreated /a/probe') && events.includes('NodeDeleted /a/probe');
}

describe('a recursive watch of a server', () => {
  it('reports each change at its path and below it, from before its creation on', async ({ port, chroot, other }) => {
    await using watching = await Watching.open(port, chroot);
    await watching.watchTree('/a');
    await other.create('/a');
    await other.create('/ab');
    await other.create('/a/b');
    await other.create('/a/b/c');
    await other.setData('/a/b/c', 'new');
    await other.setData('/a', 'new');
    await other.deleteRecursive('/a');
    await other.create('/a');
    expect(await watching.events()).toEqual([
      ...['NodeCreated /a', 'NodeCreated /a/b', 'NodeCreated /a/b/c', 'NodeDataChanged /a/b/c', 'NodeDataChanged /a'],
      ...['NodeDeleted /a/b/c', 'NodeDeleted /a/b', 'NodeDeleted /a', 'NodeCreated /a'],
    ]);
  });

  it.for(['getData', 'exists'] as const)(
    'before 3.9 ends without notice when a one-shot of %s on its root fires',
    async (read, { port, chroot, other }) => {
      await other.create('/a/b', '', { makePath: true });
      await using watching = await Watching.open(port, chroot);
      await watching.watchTree('/a');
      await watching.read(read, '/a');
      await other.setData('/a', 'new');
      expect(await watching.events()).toEqual(['NodeDataChanged /a']);
      expect(await isFollowed(watching, other)).toBe(await isSince39(port));
    },
  );

  it('before 3.9 reports nothing below its root from the moment that the one-shot is armed', async ({
    port,
    chroot,
    other,
  }) => {
    await other.create('/a');
    await using watching = await Watching.open(port, chroot);
    await watching.watchTree('/a');
    await watching.read('getData', '/a');
    await other.create('/a/b');
    await other.setData('/a/b', 'new');
    const below = (await isSince39(port)) ? ['NodeCreated /a/b', 'NodeDataChanged /a/b'] : [];
    expect(await watching.events()).toEqual(below);
  });

  it('is not harmed by a one-shot of getChildren on its root', async ({ port, chroot, other }) => {
    await other.create('/a');
    await using watching = await Watching.open(port, chroot);
    await watching.watchTree('/a');
    await watching.read('getChildren', '/a');
    await other.create('/a/b');
    expect(await watching.events()).toEqual(['NodeCreated /a/b', 'NodeChildrenChanged /a']);
    await other.create('/a/c');
    expect(await watching.events()).toEqual(['NodeCreated /a/c']);
    expect(await isFollowed(watching, other)).toBe(true);
  });

  it('is not harmed by one-shots below its root, which fire with it in one event', async ({ port, chroot, other }) => {
    await other.create('/a/b', '', { makePath: true });
    await using watching = await Watching.open(port, chroot);
    await watching.watchTree('/a');
    await watching.read('getData', '/a/b');
    await other.setData('/a/b', 'new');
    await other.setData('/a/b', 'newer');
    expect(await watching.events()).toEqual(['NodeDataChanged /a/b', 'NodeDataChanged /a/b']);
    expect(await isFollowed(watching, other)).toBe(true);
  });

  it('takes the place of a one-shot of getData on its root that stood before: one event, and it goes on', async ({
    port,
    chroot,
    other,
  }) => {
    await other.create('/a');
    await using watching = await Watching.open(port, chroot);
    await watching.read('getData', '/a');
    await watching.watchTree('/a');
    await other.setData('/a', 'new');
    await other.setData('/a', 'newer');
    expect(await watching.events()).toEqual(['NodeDataChanged /a', 'NodeDataChanged /a']);
    expect(await isFollowed(watching, other)).toBe(true);
  });

  it('before 3.9 takes the place of a one-shot of getChildren that stood before, whose event is lost', async ({
    port,
    chroot,
    other,
  }) => {
    await other.create('/a');
    await using watching = await Watching.open(port, chroot);
    await watching.read('getChildren', '/a');
    await watching.watchTree('/a');
    await other.create('/a/b');
    const ofChildren = (await isSince39(port)) ? ['NodeChildrenChanged /a'] : [];
    expect(await watching.events()).toEqual(['NodeCreated /a/b', ...ofChildren]);
  });

  it('is removed with all watches of its path, or since 3.9 alone', async ({ port, chroot, other }) => {
    await other.create('/a');
    await using watching = await Watching.open(port, chroot);
    await watching.watchTree('/a');
    await watching.read('getChildren', '/a');
    const isNew = await isSince39(port);
    expect(await watching.remove('/a', WatcherType.persistentRecursive)).toBe(isNew ? 0 : -5);
    if (!isNew) expect(await watching.remove('/a', WatcherType.any)).toBe(0);
    await other.create('/a/b');
    expect(await watching.events()).toEqual(isNew ? ['NodeChildrenChanged /a'] : []);
    expect(await watching.remove('/a', WatcherType.any)).toBe(-121);
  });

  it('before 3.9 reports deletions when only its part for the data was removed', async ({ port, chroot, other }) => {
    await other.create('/a/b', '', { makePath: true });
    await using watching = await Watching.open(port, chroot);
    await watching.watchTree('/a');
    const isNew = await isSince39(port);
    expect(await watching.remove('/a', WatcherType.data)).toBe(isNew ? -121 : 0);
    await other.setData('/a/b', 'new');
    await other.delete('/a/b');
    expect(await watching.events()).toEqual([...(isNew ? ['NodeDataChanged /a/b'] : []), 'NodeDeleted /a/b']);
  });
});

describe('SetWatches2', () => {
  const NOTHING = { data: [], exist: [], child: [], persistent: [], persistentRecursive: [] };

  it('adds a recursive watch, and reports nothing that it has missed', async ({ port, chroot, other }) => {
    await other.create('/a');
    await using watching = await Watching.open(port, chroot);
    const paths = { ...NOTHING, persistentRecursive: [watching.at('/a')] };
    expect(await watching.session.request('setWatches2', { relativeZxid: 0n, ...paths })).toMatchObject({ error: 0 });
    expect(await watching.events()).toEqual([]);
    expect(await isFollowed(watching, other)).toBe(true);
  });

  it('reports exactly the znodes of its lists that have changed since a transaction, in a new session too', async ({
    port,
    chroot,
    other,
  }) => {
    const known = ['/a', '/a/same', '/a/changed', '/a/parent', '/a/gone', '/a/recreated'];
    for (const path of known) await other.create(path);
    await other.create('/a/parent/child');
    const { mzxid } = await other.setData('/a/same', 'last');
    await other.setData('/a/changed', 'new');
    await other.delete('/a/parent/child');
    await other.delete('/a/gone');
    await other.delete('/a/recreated');
    await other.create('/a/recreated');
    await other.create('/a/new');
    await using watching = await Watching.open(port, chroot);
    const paths = known.map((path) => watching.at(path));
    const lists = { ...NOTHING, data: paths, child: paths, persistentRecursive: [watching.at('/a')] };
    await watching.session.request('setWatches2', { relativeZxid: mzxid, ...lists });
    expect(await watching.events()).toEqual([
      ...['NodeDataChanged /a/changed', 'NodeDeleted /a/gone', 'NodeDataChanged /a/recreated'],
      ...['NodeChildrenChanged /a', 'NodeChildrenChanged /a/parent', 'NodeDeleted /a/gone'],
      'NodeChildrenChanged /a/recreated',
    ]);
    expect(await isFollowed(watching, other)).toBe(true);
  });

  it('before 3.9 puts a recursive watch in the place of one-shots of its root in the same request', async ({
    port,
    chroot,
    other,
  }) => {
    await other.create('/a');
    const { mzxid } = await other.setData('/a', 'last');
    await using watching = await Watching.open(port, chroot);
    const root = [watching.at('/a')];
    const lists = { ...NOTHING, data: root, child: root, persistentRecursive: root };
    await watching.session.request('setWatches2', { relativeZxid: mzxid, ...lists });
    await other.create('/a/b');
    const ofChildren = (await isSince39(port)) ? ['NodeChildrenChanged /a'] : [];
    expect(await watching.events()).toEqual(['NodeCreated /a/b', ...ofChildren]);
    await other.setData('/a', 'new');
    await other.setData('/a', 'newer');
    expect(await watching.events()).toEqual(['NodeDataChanged /a', 'NodeDataChanged /a']);
    expect(await isFollowed(watching, other)).toBe(true);
  });
});
