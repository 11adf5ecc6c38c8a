import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { WIRE } from '../../../lib/core/limits.js';
import { runHere } from './run-here.js';

const NOWHERE = ['--connect', '127.0.0.1:1'];

describe.each(['set', 'create'])('the data of %s', (command) => {
  it('is refused as an argument that was no text', async () => {
    const { code, errors } = await runHere([...NOWHERE, command, '/a', 'b\ufffd']);
    expect({ code, errors }).toEqual({ code: 2, errors: [expect.stringContaining('give it by stdin, with -')] });
  });

  it('is not read from stdin beyond what a znode can have', async () => {
    let size = 0;
    const stdin = new Readable({
      read() {
        size += 65_536;
        this.push(size > 3 * WIRE.longestRequest ? null : Buffer.alloc(65_536));
      },
    });
    const { code, errors } = await runHere([...NOWHERE, command, '/a', '-', '-T', '5000'], stdin);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: [expect.stringContaining('stdin has more bytes than a znode')],
    });
    expect(size).toBeLessThan(2 * WIRE.longestRequest);
    expect(stdin.destroyed).toBe(true);
  });
});
