import { describe, expect, it } from 'vitest';
import type { ConnectionHandlers } from '../../../../lib/zookeeper/connection/connection.js';
import { heededWhile } from '../../../../lib/zookeeper/session/link.js';

const NAMES = [
  'reached',
  'opened',
  'heard',
  'receiving',
  'event',
  'closed',
] as const satisfies readonly (keyof ConnectionHandlers)[];

describe('the handlers of a connection that may have been replaced', () => {
  it.each(NAMES)('%s is called while the connection is the current one, and not afterwards', (name) => {
    const calls: (readonly unknown[])[] = [];
    const handlers = Object.fromEntries(
      NAMES.map((each) => [each, (...args: unknown[]) => calls.push([each, ...args])]),
    );
    let isCurrent = true;
    const heeded = heededWhile(() => isCurrent, handlers as unknown as Required<ConnectionHandlers>);
    const call = heeded[name] as (argument: unknown) => void;
    call('argument');
    const expected = name === 'reached' || name === 'receiving' ? [name] : [name, 'argument'];
    expect(calls).toEqual([expected]);
    isCurrent = false;
    call('argument');
    expect(calls).toHaveLength(1);
  });
});
