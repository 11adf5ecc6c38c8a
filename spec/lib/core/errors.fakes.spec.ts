import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import * as errors from '../../../lib/core/errors.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { serverError } from '../../../lib/protocol/server-error.js';

const { ConnectTimeoutError, NoNodeError, ZooKeeperError } = errors;

/** A second instance of the module, as a second copy of the package has it. */
vi.resetModules();
const copy = await import('../../../lib/core/errors.js');

const classes = Object.entries(errors).filter(
  (entry): entry is [string, typeof NoNodeError] => typeof entry[1] === 'function' && /^[A-Z]/.test(entry[0]),
);

/** Calls the constructor of the class: the base class alone takes a code first. */
function make(Class: typeof NoNodeError): Error {
  return Class === (ZooKeeperError as unknown) ? new ZooKeeperError('UNKNOWN', 'gone') : new Class('gone');
}

describe('an error', () => {
  it.each(classes)('of %s has the name of its class as a literal, which a minifier cannot change', (name, Class) => {
    const { prototype } = Class;
    expect(Object.getOwnPropertyDescriptor(prototype, 'name')?.value).toBe(name);
    expect(inspect(make(Class))).toMatch(new RegExp(`^${name}: gone`));
  });

  it.each(classes)('of %s is recognised by another copy of the package', (name, Class) => {
    const other = copy[name as keyof typeof copy] as unknown as typeof NoNodeError;
    expect(other).not.toBe(Class);
    const error = make(Class);
    expect(error).toBeInstanceOf(other);
    expect(error).toBeInstanceOf(copy.ZooKeeperError);
  });

  it('is not recognised as one of a sibling or of a derived class, by either copy', () => {
    const error = new NoNodeError('gone');
    for (const { NodeExistsError } of [errors, copy]) expect(error).not.toBeInstanceOf(NodeExistsError);
    expect(new ZooKeeperError('NO_NODE', 'gone')).not.toBeInstanceOf(copy.NoNodeError);
    expect(new Error('gone')).not.toBeInstanceOf(ZooKeeperError);
    expect({ name: 'NoNodeError', code: 'NO_NODE' }).not.toBeInstanceOf(NoNodeError);
    expect(ZooKeeperError[Symbol.hasInstance](null)).toBe(false);
  });

  it("of a user's subclass is recognised as that subclass and its base, and no other error is", () => {
    class MissingConfigError extends NoNodeError {}
    expect(new MissingConfigError('gone')).toBeInstanceOf(MissingConfigError);
    expect(new MissingConfigError('gone')).toBeInstanceOf(copy.NoNodeError);
    expect(new NoNodeError('gone')).not.toBeInstanceOf(MissingConfigError);
  });

  it('of a timed-out connect() is retryable, and one of a closed client is not', () => {
    expect(new ConnectTimeoutError('late').retryable).toBe(true);
    expect(errors.isRetryable(new ConnectTimeoutError('late'))).toBe(true);
    expect(new errors.ClientClosedError('closed').retryable).toBe(false);
  });

  it('has in `retryable` whether retry() repeats the operation, for each code of a server', () => {
    for (const [code, number] of Object.entries(ServerCode)) {
      const error = serverError(number, 'getData', '/a');
      expect(error.code).toBe(code);
      expect(errors.isRetryable(error)).toBe(error.retryable);
    }
    expect(serverError(ServerCode.THROTTLED, 'getData', '/a').retryable).toBe(true);
    expect(serverError(ServerCode.NO_NODE, 'getData', '/a').retryable).toBe(false);
  });

  it('of a third-party client is judged by its code', () => {
    expect(errors.isRetryable(Object.assign(new Error('cut'), { code: 'CONNECTION_LOSS' }))).toBe(true);
    expect(errors.isRetryable(Object.assign(new Error('gone'), { code: 'NO_NODE' }))).toBe(false);
  });
});
