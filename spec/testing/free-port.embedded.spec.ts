import { describe, expect, it } from 'vitest';
import { freePort } from '../../testing/free-port.js';
import { runModule } from '../../testing/run-module.js';

const COUNT = 600;

const CHILD = `
  import { freePort } from './testing/free-port.ts';
  for (let nth = 0; nth < ${COUNT}; nth += 1) console.log(await freePort());
`;

describe('a free port', () => {
  it('is given to one process at a time, whichever runs they belong to', async () => {
    const own = new Set<string>();
    for (let nth = 0; nth < COUNT; nth += 1) own.add(String(await freePort()));
    expect(own.size).toBe(COUNT);
    const { lines, code, errors } = await runModule(CHILD);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(lines).toHaveLength(COUNT);
    expect(lines.filter((port) => own.has(port))).toEqual([]);
  });
});
