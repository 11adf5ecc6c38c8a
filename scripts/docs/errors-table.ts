import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CORE_CODES, makeError } from '../../lib/core/errors.js';
import { EMBEDDED_CODES } from '../../lib/embedded/errors.js';

const ROW = /^\| `(\w+)` +\| `([A-Z_]+)` +\|.*\| (yes|no) +\|/gm;

/** Throws unless docs/errors.md has every code once, with its class and whether it is retryable. Gives how many there are. */
export async function checkErrorsTable(root: string): Promise<number> {
  const table = await readFile(join(root, 'docs/errors.md'), 'utf8');
  const codes = [...CORE_CODES, ...EMBEDDED_CODES];
  const rows = [...table.matchAll(ROW)].map(([, name, code, retryable]) => ({ name, code, retryable }));
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
