import { invalidSecret } from '../../lib/core/validation.js';
import { UnsupportedUrlError } from './errors.js';
import { makeFilePoller } from './files/make-file-poller.js';
import { validatePollerOptions } from './poller-options.js';
import { makersOf } from './registry.js';
import { makeSwiftPoller } from './swift/make-swift-poller.js';
import type { Poller, PollerMaker, PollerOptions } from './types.js';
import { makeZnodePoller } from './znodes/make-znode-poller.js';

/** A single letter is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

const BUILT_IN: Readonly<Record<string, PollerMaker>> = {
  file: makeFilePoller,
  swift: makeSwiftPoller,
  swifts: makeSwiftPoller,
  swt: makeSwiftPoller,
  swts: makeSwiftPoller,
  zk: makeZnodePoller,
};

/**
 * Makes a poller of what is below a URL:
 *
 * - `file:///directory`, or a path: the files of a directory;
 * - `zk://host:2181,host/path`: the znodes below a path, with a client of its own; `zk:/path` with the option `client`;
 * - `swift://user+project:password@host/v3?container`, over TLS `swifts://…`, and the same as `swt` and `swts`: the
 *   objects of a container of OpenStack Swift. The path is that of the service of tokens: `/v3`, `/v2.0`, `/auth/v1.0`.
 *   `&prefix=`, `&auth=1|2|3`, `&domain=` and `&region=` may follow.
 *
 * `registerPoller` adds schemes. Resolves once the baseline stands: what changes after that is reported. Names in URLs
 * are percent-encoded.
 *
 * @throws {@link InvalidArgumentError} for invalid arguments, before anything is read or sent.
 * @throws {@link UnsupportedUrlError} for a scheme that nobody has registered.
 * @throws {@link PollerError} when the source cannot be read. When several pollers are registered for the scheme and
 * none of them could be made, an AggregateError with the cause of each.
 * @throws {@link InvalidCheckpointError} when `since` is no checkpoint, or of another URL.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { makePoller } from 'zk-recipes/pollers';
 *
 * const inbox = await mkdtemp('inbox-');
 * await using poller = await makePoller(inbox, { recurse: true });
 * await writeFile(`${inbox}/order.json`, '{}');
 * for (const { type, subject, size } of await poller.getNewEvents()) {
 *   console.log(type, subject, size); // created file:///.../order.json 2
 * }
 * ```
 */
export async function makePoller(url: string | URL, options?: PollerOptions): Promise<Poller> {
  const text = url instanceof URL ? url.href : url;
  if (typeof text !== 'string' || text === '') throw invalidSecret('url', url, 'a URL or a path');
  validatePollerOptions(options);
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase() ?? 'file';
  const builtIn = Object.hasOwn(BUILT_IN, scheme) ? BUILT_IN[scheme] : undefined;
  const makers = [...makersOf(scheme), ...(builtIn ? [builtIn] : [])];
  if (makers.length === 0) throw unsupported(scheme, text);
  return makeByAny(makers, scheme, text, options ?? {});
}

/** By the first maker that can. */
async function makeByAny(
  makers: readonly PollerMaker[],
  scheme: string,
  url: string,
  options: PollerOptions,
): Promise<Poller> {
  const errors: unknown[] = [];
  for (const make of makers) {
    try {
      options.signal?.throwIfAborted();
      return await make(url, options);
    } catch (error) {
      if (makers.length === 1 || options.signal?.aborted) throw error;
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `none of the ${makers.length} pollers of ${scheme}: could be made: see errors`);
}

function unsupported(scheme: string, url: string): UnsupportedUrlError {
  // Of anything else it may be a part of credentials.
  const shown = url.startsWith('//', scheme.length + 1) ? `${scheme}:` : 'this scheme';
  const known = Object.keys(BUILT_IN).map((each) => `${each}:`);
  return new UnsupportedUrlError(
    `there is no poller for ${shown}. There are ${known.join(', ')}, and others by registerPoller. ` +
      'A path with a colon begins with "./"',
  );
}
