import { ALLOWED_NUMBERS, type AllowedNumber } from './allowed-numbers.js';
import { evaluate, type Limits } from './limits.js';
import { findQuantities, type Quantity } from './quantities.js';
import type { SourceTree, Violation } from './source-tree.js';

const RULE = 'numbers';
const MARK = /<!-- *limit:/g;

/**
 * Compares the numbers of the documents with the code. Each is followed by the name of its limit, in a comment that
 * readers do not see (`1,000<!-- limit:OBSERVING.readsAtOnce --> reads`), or is allowed for a reason.
 */
export function checkNumbers(
  tree: SourceTree,
  limits: Limits,
  allowed: readonly AllowedNumber[] = ALLOWED_NUMBERS,
): Violation[] {
  const documents = [...tree].filter(([file]) => file === 'README.md' || /^docs\/[^/]+\.md$/.test(file));
  const used = new Set<AllowedNumber>();
  const faults = documents.flatMap(([document, text]) => {
    const quantities = findQuantities(text);
    const marked = quantities.filter(({ limit }) => limit !== undefined);
    const unmarked = quantities.filter(({ limit }) => limit === undefined);
    for (const quantity of unmarked) for (const each of allowed) if (covers(each, document, quantity)) used.add(each);
    return [
      ...marked.flatMap((quantity) => stale(document, quantity, limits)),
      ...unmarked
        .filter((quantity) => !allowed.some((each) => covers(each, document, quantity)))
        .map(unaccounted(document)),
      ...strayMarks(document, text, marked.length),
    ];
  });
  return [...faults, ...allowed.filter((each) => !used.has(each)).map(superfluous)];
}

function stale(document: string, quantity: Quantity, limits: Limits): Violation[] {
  const message = difference(quantity, limits);
  return message === undefined ? [] : [{ rule: RULE, place: `${document}:${quantity.line}`, message }];
}

function difference({ phrase, value, limit = '' }: Quantity, limits: Limits): string | undefined {
  try {
    const expected = evaluate(limit, limits);
    return Math.abs(expected - value) < 1e-9 ? undefined : `says ${phrase}, but ${limit} is ${expected}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function covers({ document, section, phrase }: AllowedNumber, place: string, quantity: Quantity): boolean {
  if (document !== place) return false;
  if (section !== undefined && !quantity.headings.includes(section)) return false;
  return phrase === undefined || phrase === quantity.phrase;
}

const unaccounted =
  (document: string) =>
  ({ line, phrase }: Quantity): Violation => ({
    rule: RULE,
    place: `${document}:${line}`,
    message: `"${phrase}" is neither marked with its limit nor allowed in scripts/house/allowed-numbers.ts`,
  });

function strayMarks(place: string, text: string, read: number): Violation[] {
  const marks = text.match(MARK)?.length ?? 0;
  if (marks === read) return [];
  return [{ rule: RULE, place, message: `has ${marks} marks of limits, of which only ${read} follow a number` }];
}

function superfluous({ document, section, phrase }: AllowedNumber): Violation {
  const message = `"${phrase ?? 'all'}"${section ? ` below "${section}"` : ''} is allowed, but is not there`;
  return { rule: RULE, place: document, message };
}
