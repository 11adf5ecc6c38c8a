import { describe, expect, it } from 'vitest';
import { scaled } from '../../../testing/time-factor.js';
import type { Attack } from './defect.js';
import { DEFECTS } from './defects.js';
import { HUNTERS } from './hunters.js';

/** Plants each defect, and expects that the attack reports a breach of its rule. */
export function describeDefects(attack: Attack): void {
  const hunt = HUNTERS[attack];
  describe(`planted defects, attacked by ${attack}`, { timeout: scaled(60_000) }, () => {
    it('finds no rule broken without a defect', async () => {
      expect([...(await hunt(null))]).toEqual([]);
    });

    const rows = DEFECTS.map((defect) => [defect.name, defect.rule, defect] as const);
    it.each(rows)('catches that %s, which breaks the rule %s', async (_name, _rule, defect) => {
      const restore = defect.plant();
      try {
        expect([...(await hunt(defect.rule))]).toContain(defect.rule);
      } finally {
        restore();
      }
    });
  });
}
