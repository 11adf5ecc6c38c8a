import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** The lines of the log in docs/troubleshooting.md; `...` stands for anything. */
const ROWS = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8')
  .split('## Lines of the log')[1]
  ?.split('\n## ')[0]
  ?.matchAll(/^\| `(.+?)` +\|/gm);

const PATTERNS = [...(ROWS ?? [])].map(([, line = '']) => {
  const escaped = line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('\\.\\.\\.', '.+')}$`);
});

const found = new Set<RegExp>();

/** Expects that the document has each of these messages of a warning or an error. */
export function expectDocumented(messages: readonly string[]): void {
  for (const message of messages) {
    const single = message.replace(/ \(\d+ times in \d+ s\)$/, '');
    const pattern = PATTERNS.find((each) => each.test(single));
    expect(pattern, `a row of docs/troubleshooting.md for: ${message}`).toBeDefined();
    if (pattern) found.add(pattern);
  }
}

/** The documented lines that none of the messages so far was. */
export function undocumentedRest(): string[] {
  return PATTERNS.filter((pattern) => !found.has(pattern)).map(String);
}
