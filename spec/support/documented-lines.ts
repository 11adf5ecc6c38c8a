import { readFileSync } from 'node:fs';

const ROW = /^\| `(.+?)` +\|/gm;

/** The lines of the log in docs/troubleshooting.md, by their text; `...` in it stands for anything. */
export function documentedLines(): ReadonlyMap<string, RegExp> {
  const document = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
  const table = document.split('## Lines of the log')[1]?.split('\n## ')[0] ?? '';
  const texts = [...table.matchAll(ROW)].map(([, text = '']) => text);
  return new Map(texts.map((text) => [text, toPattern(text)]));
}

function toPattern(text: string): RegExp {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('\\.\\.\\.', '.*')}$`, 's');
}
