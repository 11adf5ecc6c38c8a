import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { badPolicies } from '../../support/bad-policies.js';

function constructionError(connectString: unknown, options: unknown): Error {
  try {
    new ZooKeeperClient(connectString as string, options as object);
  } catch (error) {
    return error as Error;
  }
  throw new Error('the client was constructed');
}

describe('a client', () => {
  it.each<[string, unknown[]]>([
    ['sessionTimeout', [0, -1, 0.5, NaN, Infinity, '1000', null, 2 ** 31]],
    ['auth', ['digest', {}, [null], [{}], [{ scheme: '', auth: 'x' }], [{ scheme: 'digest' }], [{ auth: 'x' }], null]],
    ['retry', badPolicies().map(([policy]) => policy)],
    ['logger', [null, console.log, {}, { debug() {}, info() {}, warn() {} }, 'pino']],
    ['timeout', [1]],
    ['session', ['x']],
  ])('cannot be constructed with an invalid %s', (name, values) => {
    for (const value of values) {
      const error = constructionError('a:1', { [name]: value });
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toContain(name);
    }
  });

  it('cannot be constructed with options that are not an object', () => {
    for (const options of [null, 1, 'a', [1]])
      expect(constructionError('a:1', options)).toBeInstanceOf(InvalidArgumentError);
  });

  it('cannot be constructed with an invalid connect string', () => {
    for (const text of ['', ' ', ',', 'a:b', 'a:0', 'a:1,', '::1', '[x]:1', 'a:1/b/', undefined, null, 7, ['a:1']]) {
      const error = constructionError(text, {});
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toContain('connectString');
    }
  });
});
