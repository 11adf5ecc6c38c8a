import { describe, expect, it } from 'vitest';
import { DataWatch } from '../../../index.js';
import { OBSERVING } from '../../../lib/core/limits.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';

const { shortData, largeData } = OBSERVING;

describe('data of bytes', () => {
  // Short, longer and large data is kept and copied in ways of their own.
  it.each([0, 1, shortData, shortData + 1, largeData - 1, largeData])(
    'is delivered as it was read: %i',
    async (length) => {
      for (const first of [0, 0x7f, 0xe0]) {
        const client = new FakeClient();
        const data = Buffer.from(Array.from({ length }, (_, index) => first + index));
        const calls: unknown[] = [];
        client.tree.create('/node', data);
        new DataWatch(client, '/node', (read) => calls.push(read));
        await turn();
        expect(calls).toEqual([data]);
      }
    },
  );
});
