import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Poller } from '../../../../recipes/pollers/types.js';
import { SeededRandom } from '../../../../testing/seeded-random.js';
import { SwiftAccount } from '../../../../testing/swift-account.js';
import { SWIFT_USERS } from '../../../../testing/swift-files.js';
import { SwiftServer } from '../../../../testing/swift-server.js';
import { nameIn, news, pollUrl } from './swift-fixture.js';

let swift: SwiftServer;
let account: SwiftAccount;

/** Each container has two replicas, and a page of a listing three objects. */
beforeAll(async () => {
  swift = await SwiftServer.start({ containerServers: 2, listingLimit: 3 });
  account = new SwiftAccount(() => swift.signIn());
});

afterAll(() => swift?.stop());

async function pollContainer(container: string): Promise<Poller> {
  const { user, project, password } = SWIFT_USERS.plain;
  return pollUrl(`swift://${user}+${project}:${password}@127.0.0.1:${swift.port}/auth/v1.0?${container}`);
}

/** The replica of one server alone is listed. */
async function listOnly(index: 0 | 1): Promise<void> {
  await swift.startContainers(index);
  await swift.stopContainers(1 - index);
}

async function startAll(): Promise<void> {
  for (const index of [0, 1]) await swift.startContainers(index);
}

describe('a listing that lags because container servers were down', () => {
  it('has no event lost, none told twice, and no object called deleted that a HEAD still finds', async () => {
    await account.createContainer('two');
    for (const name of ['a', 'b', 'c', 'd', 'gone', 'changed']) await account.put('two', name);
    const poller = await pollContainer('two');

    // The second replica misses what happens now.
    await swift.stopContainers(1);
    await account.put('two', 'new');
    await account.put('two', 'changed', 'other');
    await account.delete('two', 'gone');
    expect(await news(poller)).toEqual(['deleted gone', 'modified changed', 'created new']);

    // It lists `gone` and the old `changed`, and has never heard of `new`.
    await listOnly(1);
    expect(await news(poller)).toEqual([]);
    await account.put('two', 'later');
    expect(await news(poller)).toEqual(['created later']);

    await listOnly(0);
    expect(await news(poller)).toEqual([]);
    await startAll();
    await swift.update();
    for (const index of [0, 1] as const) {
      await listOnly(index);
      expect(await news(poller)).toEqual([]);
    }
    await startAll();
  });

  it('has a call rejected while none is up; what happened meanwhile is told once it is listed', async () => {
    await account.createContainer('none');
    for (const name of ['kept', 'gone', 'changed']) await account.put('none', name);
    const poller = await pollContainer('none');
    for (const index of [0, 1]) await swift.stopContainers(index);
    await account.delete('none', 'gone');
    await account.put('none', 'new');
    await account.put('none', 'changed', 'other');
    await expect(poller.getNewEvents()).rejects.toMatchObject({ code: 'POLL_FAILED', retryable: true });
    await startAll();
    // 204 was answered to the DELETE, and the object is listed still.
    expect(await news(poller)).toEqual([]);
    await swift.update();
    expect(await news(poller)).toEqual(['deleted gone', 'modified changed', 'created new']);
    expect(await news(poller)).toEqual([]);
  });

  it('has the events of random changes and failures give the objects that there are', async () => {
    const random = new SeededRandom(17);
    await account.createContainer('random');
    const poller = await pollContainer('random');
    const objects = new Set<string>();
    const told = new Set<string>();
    const poll = async (): Promise<void> => {
      for (const { type, subject } of await poller.getNewEvents()) {
        const name = nameIn(subject);
        expect([type, name, told.has(name)]).toEqual([type, name, type !== 'created']);
        if (type === 'deleted') told.delete(name);
        else told.add(name);
        // Nothing happens while a call runs.
        expect([type, name, objects.has(name)]).toEqual([type, name, type !== 'deleted']);
      }
    };
    let up: 0 | 1 = 0;
    for (let round = 0; round < 4; round += 1) {
      await listOnly(up);
      up = up === 0 ? 1 : 0;
      for (let step = 0; step < 12; step += 1) {
        const name = `object-${random.below(8)}`;
        if (random.chance(0.6)) await account.put('random', name, `${round} ${step}`).then(() => objects.add(name));
        else await account.delete('random', name).then(() => objects.delete(name));
        if (random.chance(0.4)) await poll();
      }
    }
    await startAll();
    await swift.update();
    await poll();
    expect([...told].sort()).toEqual([...objects].sort());
    expect(await news(poller)).toEqual([]);
  });
});
