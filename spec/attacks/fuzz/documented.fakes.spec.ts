import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXEMPTIONS } from './lies.js';

const DOCUMENT = readFileSync(new URL('../../../docs/attacks.md', import.meta.url), 'utf8');

it('docs/attacks.md has the exemptions of the fuzzer, and no other', () => {
  const section = DOCUMENT.split('\n## The fuzzer\n')[1]?.split('\n#')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  const cells = rows.slice(2).map((row) => row.split('|').slice(1, -1));
  const documented = cells.map((row) => row.map((cell) => cell.trim()));
  expect(documented).toEqual(
    Object.entries(EXEMPTIONS).map(([lie, { meaning, stillHolds }]) => [lie, meaning, stillHolds]),
  );
});
