import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, makeError } from '../../lib/core/errors.js';

const ROW = /^\| `(\w+)` +\| `([A-Z_]+)` +\|.*\| (yes|no) +\|/gm;

/** Throws unless docs/errors.md has every code once, with its class and whether it is retryable. Gives how many there are. */
export async function checkErrorsTable(root: string): Promise<number> {
  const source = await readFile(join(root, 'lib/core/errors.ts'), 'utf8');
  const table = await readFile(join(root, 'docs/errors.md'), 'utf8');
  const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code as ErrorCode);
  const rows = [...table.matchAll(ROW)].map(([, name, code, retryable]) => ({ name, code, retryable }));
  if (codes.length === 0) throw new Error('found no error code: the search for them is broken');
  for (const code of codes) {
    const { name, retryable } = makeError(code, '');
    const [row, second] = rows.filter((each) => each.code === code);
    if (!row || second) throw new Error(`docs/errors.md must have ${code} once`);
    // The embedded server's own classes are made where they are thrown.
    if (row.name !== name && !code.startsWith('DATA_')) throw new Error(`docs/errors.md: ${code} is a ${name}`);
    if (row.retryable !== (retryable ? 'yes' : 'no')) throw new Error(`docs/errors.md: is ${code} retryable?`);
  }
  if (rows.length !== codes.length) throw new Error('docs/errors.md has a code that does not exist');
  return codes.length;
}
