import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../rules.js';
import { ATTACKS } from './defect.js';
import { DEFECTS } from './defects.js';

const DOCUMENT = readFileSync(new URL('../../../docs/attacks.md', import.meta.url), 'utf8');

/** The rows of the table below a heading, header included, without the padding of their cells. */
function tableBelow(heading: string): string[][] {
  const section = DOCUMENT.split(`\n## ${heading}\n`)[1]?.split('\n#')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|') && !line.startsWith('| -'));
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/attacks.md', () => {
  it('has the rules of the oracle', () => {
    const rules = Object.entries(RULES).map(([rule, sentence]) => [`\`${rule}\``, sentence]);
    expect(tableBelow('The rules about calls').slice(1)).toEqual(rules);
  });

  it('has the planted defects, each caught by every attack', () => {
    const [header, ...rows] = tableBelow('Planted defects');
    expect(header).toEqual(['defect', 'rule', ...ATTACKS]);
    expect(rows).toEqual(DEFECTS.map(({ name, rule }) => [name, `\`${rule}\``, ...ATTACKS.map(() => 'caught')]));
  });

  it('has a defect for each rule', () => {
    expect(new Set(DEFECTS.map(({ rule }) => rule))).toEqual(new Set(Object.keys(RULES)));
  });
});
