import { invalidSecret, validateFunction } from '../../lib/core/validation.js';
import type { PollerMaker } from './types.js';

const SCHEME = /^[a-z][a-z0-9+.-]+$/;

/** The makers by scheme, the newest first. */
const makers = new Map<string, PollerMaker[]>();

/**
 * Registers the pollers of a scheme for `makePoller`, those of this package included: the newest one is asked first,
 * and when it rejects the one before.
 *
 * @param scheme such as `sftp`, without the colon
 * @param make is given a URL of the scheme as it was written, and valid options
 * @returns what removes the registration when it is disposed of
 * @throws {@link InvalidArgumentError} for invalid arguments.
 *
 * @example
 * ```ts
 * import { makePoller, registerPoller } from 'zk-recipes/pollers';
 *
 * const registration = registerPoller('inbox', (url, options) => makePoller(url.replace(/^inbox:/, '.'), options));
 * const poller = await makePoller('inbox:');
 * console.log(poller.recurse); // false
 * await poller.close();
 * registration[Symbol.dispose]();
 * ```
 */
export function registerPoller(scheme: string, make: PollerMaker): Disposable {
  const isScheme = typeof scheme === 'string' && SCHEME.test(scheme);
  if (!isScheme) throw invalidSecret('scheme', scheme, 'a scheme in lower case, such as "sftp"');
  validateFunction('make', make);
  // Equal functions are registrations of their own.
  const registered: PollerMaker = (url, options) => make(url, options);
  makers.set(scheme, [registered, ...(makers.get(scheme) ?? [])]);
  return {
    [Symbol.dispose]: () => {
      const left = (makers.get(scheme) ?? []).filter((each) => each !== registered);
      if (left.length > 0) makers.set(scheme, left);
      else makers.delete(scheme);
    },
  };
}

/** The makers that are registered for a scheme, the newest first. */
export function makersOf(scheme: string): readonly PollerMaker[] {
  return makers.get(scheme) ?? [];
}
