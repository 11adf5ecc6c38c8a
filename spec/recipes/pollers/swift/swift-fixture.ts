import { onTestFinished } from 'vitest';
import { makeSwiftPoller } from '../../../../recipes/pollers/swift/make-swift-poller.js';
import type { PollEvent, Poller, PollerOptions } from '../../../../recipes/pollers/types.js';
import { FAKE_URLS, type FakeSwift } from '../../../../testing/fake-swift.js';

/** A poller of the fake's container, for the time of a spec. */
export async function pollFake(swift: FakeSwift, options: PollerOptions = {}, url: string = FAKE_URLS[3]) {
  return pollUrl(url, { fetch: swift.fetch, ...options });
}

/** A poller of all objects of a container, for the time of a spec. */
export async function pollUrl(url: string, options: PollerOptions = {}): Promise<Poller> {
  const poller = await makeSwiftPoller(url, { recurse: true, ...options });
  onTestFinished(() => poller.close());
  return poller;
}

/** The events of a call, as `created x`. */
export async function news(poller: Poller): Promise<string[]> {
  return (await poller.getNewEvents()).map(toText);
}

export function toText({ type, subject }: PollEvent): string {
  return `${type} ${nameIn(subject)}`;
}

/** The name of the object of a subject. */
export function nameIn(subject: string): string {
  return decodeURIComponent(subject.slice(subject.indexOf('&name=') + '&name='.length));
}
