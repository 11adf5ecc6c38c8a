import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { diffChildren } from '../../../recipes/watches/children-diff.js';
import { holds } from './holds.js';

/** Of few letters, so that lists share names; or of any. */
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '-', '1'), maxLength: 3 }),
  fc.string({ unit: 'grapheme' }),
);
const children = fc.uniqueArray(name, { maxLength: 30 }).map((names) => names.sort());

describe('a children diff', () => {
  holds(
    'is the difference of the sets, sorted',
    fc.tuple(children, children),
    ([before, now]) => {
      const diff = diffChildren(before, now);
      expect(diff.added).toEqual(now.filter((child) => !new Set(before).has(child)));
      expect(diff.removed).toEqual(before.filter((child) => !new Set(now).has(child)));
    },
    1_000,
  );

  holds(
    'makes of the list before the list now, which are left as they are',
    fc.tuple(children, children),
    ([before, now]) => {
      const { added, removed } = diffChildren(Object.freeze(before), Object.freeze(now));
      const kept = before.filter((child) => !removed.includes(child));
      expect([...kept, ...added].sort()).toEqual(now);
    },
    1_000,
  );

  holds('turned around has added and removed turned around', fc.tuple(children, children), ([before, now]) => {
    const [there, back] = [diffChildren(before, now), diffChildren(now, before)];
    expect(back).toEqual({ added: there.removed, removed: there.added });
  });
});
