import { describe, expect, it } from 'vitest';
import { TlsSource } from '../../../../lib/zookeeper/connection/tls-source.js';
import { turn } from '../../../../testing/passing-time.js';

describe('a check of the server by the user', () => {
  const verdict = async (check: () => unknown): Promise<unknown> => {
    const source = new TlsSource({ checkServerIdentity: check as never }, () => {});
    const { checkServerIdentity } = await source.next();
    return checkServerIdentity?.('zk', {} as never);
  };

  it.each([undefined, null])('accepts it by %j', async (accepted) => {
    expect(await verdict(() => accepted)).toBe(undefined);
  });

  it.each<[string, unknown]>([
    ['a boolean', true],
    ['a boolean', false],
    ['a string of length 6', 'no way'],
    ['an object', { message: 'no way' }],
  ])('refuses it by %s, which is no verdict, and does not show it', async (type, given) => {
    const message = `tls.checkServerIdentity must return an Error or undefined, but returned ${type}`;
    expect(await verdict(() => given)).toEqual(new Error(message));
  });

  it('refuses it by a promise, whose rejection is no unhandled one', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    expect(await verdict(() => Promise.reject(new Error('no')))).toEqual(
      new Error('tls.checkServerIdentity must return an Error or undefined, but returned a Promise'),
    );
    await turn();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
