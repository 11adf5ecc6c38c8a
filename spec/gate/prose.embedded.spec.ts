import { describe, expect, it } from 'vitest';
import { commentsOf } from '../../scripts/house/comments.js';
import { checkEnglish } from '../../scripts/house/english.js';
import { checkFileSizes } from '../../scripts/house/file-sizes.js';
import { checkProse } from '../../scripts/house/prose.js';
import { describeAll } from './planted.js';

const words = (columns: number): string =>
  'word '
    .repeat(columns)
    .slice(0, columns - 1)
    .concat('d');

const check = (file: string, text: string): string[] => describeAll(checkProse(new Map([[file, text]])));

describe('a line of prose', () => {
  it.each([
    ['a line comment', 'lib/a.ts', `// ${words(127)}`],
    ['a comment behind code', 'lib/a.ts', `const a = 1; // ${words(114)}`],
    ['a docstring of one line', 'lib/a.ts', `/** ${words(123)} */`],
    ['a line inside of a docstring', 'lib/a.ts', `/**\n * ${words(127)}\n */\nexport const a = 1;`],
    ['a comment before a bracket', 'lib/a.ts', `function a() {\n  // ${words(125)}\n}`],
    ['a comment in a list', 'lib/a.ts', `const a = [\n  // ${words(125)}\n];`],
    ['a paragraph', 'docs/a.md', words(130)],
    ['an item', 'README.md', `- ${words(128)}`],
    ['a heading', 'README.md', `# ${words(128)}`],
  ])('of 130 columns is rejected: %s', (_, file, text) => {
    expect(check(file, text)).toEqual([expect.stringMatching(/: has 130 columns, more than 120$/)]);
  });

  it.each([
    ['120 columns of a comment', 'lib/a.ts', `// ${words(117)}`],
    ['120 columns of a document', 'README.md', words(120)],
    ['code, which biome holds', 'lib/a.ts', `const a = '${words(130)}';`],
    ['the text of a string that looks like a comment', 'lib/a.ts', `const a = '// ${words(130)}';`],
    ['a template that looks like a comment', 'lib/a.ts', `const a = \`\n// ${words(130)}\`;`],
    ['an address that cannot be broken', 'lib/a.ts', `// https://example.org/${'a'.repeat(120)}`],
    ['a link that cannot be broken', 'README.md', `[a](https://example.org/${'a'.repeat(120)})`],
    ['a code span that cannot be broken', 'README.md', `- \`${words(125)}\``],
    ['a table', 'README.md', `| ${words(130)} |`],
    ['a block of code', 'README.md', `\`\`\`text\n${words(130)}\n\`\`\``],
  ])('is accepted: %s', (_, file, text) => {
    expect(check(file, text)).toEqual([]);
  });
});

describe('a comment', () => {
  it('is read with its place and its words', () => {
    const text = 'const a = 1;\n// One\n// two.\n\n/**\n * Three\n * four.\n */\nfunction b() {\n  // Five.\n}\n';
    expect(commentsOf(text).map(({ line, prose }) => [line, prose])).toEqual([
      [2, 'One two.'],
      [5, 'Three four.'],
      [10, 'Five.'],
    ]);
  });
});

describe('the English', () => {
  const files = (count: number, text: string, ending = 'ts') =>
    new Map(Array.from({ length: count }, (_, index) => [`lib/${index}.${ending}`, text] as const));

  it.each(['// What is left.', '/** Whoever reads. */', '/**\n * What is left.\n */'])(
    'allows a few comments: %s',
    (text) => {
      expect(checkEnglish(files(10, text))).toEqual([]);
      expect(checkEnglish(files(11, text))).toHaveLength(11);
    },
  );

  it.each(['tell', 'told', 'tells', 'Tells'])('allows a few uses of "%s" in comments and documents', (word) => {
    expect(checkEnglish(files(10, `// The client is: ${word}.`))).toEqual([]);
    const both = new Map([...files(10, `// The client is: ${word}.`), ...files(1, `It ${word} it.`, 'md')]);
    expect(describeAll(checkEnglish(both))).toHaveLength(11);
  });

  it('counts neither code nor other words', () => {
    expect(checkEnglish(files(11, '`tell`\n\n```ts\ntell();\n```\n\nretold', 'md'))).toEqual([]);
    expect(checkEnglish(files(11, "const tell = 'told';\n// A storyteller. The rest: What."))).toEqual([]);
  });
});

describe('a file', () => {
  const sizesOf = (file: string, lines: number) => describeAll(checkFileSizes(new Map([[file, 'a\n'.repeat(lines)]])));

  it('of 301 lines is rejected', () => {
    expect(sizesOf('spec/a.spec.ts', 301)).toEqual(['spec/a.spec.ts: has 301 lines, more than 300']);
  });

  it('of 300 lines is accepted, and a document of any length', () => {
    expect(sizesOf('lib/a.ts', 300)).toEqual([]);
    expect(sizesOf('docs/a.md', 1_000)).toEqual([]);
  });
});
