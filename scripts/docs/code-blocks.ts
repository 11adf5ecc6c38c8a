import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A fenced code block of a document or a docstring. */
export interface Block {
  /** From the root. */
  readonly file: string;
  /** The line of its opening fence. */
  readonly line: number;
  /** Empty when the fence names none. */
  readonly language: string;
  /** The file name in its first line, by which the other blocks of its document can import it. */
  readonly name: string | undefined;
  /** The reason of a `<!-- not run: reason -->` before it. */
  readonly notRun: string | undefined;
  readonly code: string;
}

const BLOCK = /(?:^<!-- not run: (.*) -->\n+)?^([ \t]*(?:\* )?)```(\w*)\n([\s\S]*?)^[ \t]*(?:\* )?```$/gm;

export const placeOf = ({ file, line }: Block): string => `${file}:${line}`;

/** All code blocks of the documents and of the sources' docstrings. */
export async function findBlocks(root: string): Promise<Block[]> {
  const documents = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((name) => join(root, name));
  const guides = (await filesBelow(join(root, 'docs'), '.md')).filter((file) => !file.includes('/docs/reference/'));
  const sources = [
    ...(await filesBelow(join(root, 'lib'), '.ts')),
    ...(await filesBelow(join(root, 'recipes'), '.ts')),
  ];
  const blocks = await Promise.all([...documents, ...guides, ...sources].map((file) => blocksOf(root, file)));
  return blocks.flat();
}

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

export async function blocksOf(root: string, file: string): Promise<Block[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, notRun, indent = '', language = '', body = ''] = match;
    const code = indent.includes('*') ? body.replace(/^[ \t]*\* ?/gm, '') : body;
    const line = text.slice(0, match.index + whole.indexOf('```')).split('\n').length;
    const name = /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1];
    return { file: relative(root, file), line, language, name, notRun, code };
  });
}
