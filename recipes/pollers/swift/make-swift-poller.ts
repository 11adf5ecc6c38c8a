import { pollSource } from '../source-poller.js';
import type { Poller, PollerOptions } from '../types.js';
import { SwiftSource } from './swift-source.js';
import { parseSwiftUrl } from './swift-url.js';

/**
 * Makes the poller of a container of OpenStack Swift.
 *
 * @param options are valid
 * @throws {@link InvalidArgumentError} for a URL that names no container, user, project or password.
 */
export async function makeSwiftPoller(url: string, options: PollerOptions): Promise<Poller> {
  return pollSource(new SwiftSource(parseSwiftUrl(url), options), options);
}
