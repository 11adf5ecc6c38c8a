import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A fenced block of a document or a docstring. */
export interface Block {
  /** From the root. */
  readonly file: string;
  /** Of its fence. */
  readonly line: number;
  /** Empty when the fence names none. */
  readonly language: string;
  /** What its first line says that it is called: the others of its document can import it. */
  readonly name: string | undefined;
  /** Why it is not run, from `<!-- not run: reason -->` before it. */
  readonly notRun: string | undefined;
  readonly code: string;
}

const BLOCK = /(?:^<!-- not run: (.*) -->\n+)?^([ \t]*(?:\* )?)```(\w*)\n([\s\S]*?)^[ \t]*(?:\* )?```$/gm;

export const placeOf = ({ file, line }: Block): string => `${file}:${line}`;

/** All blocks of the documents and of the sources' docstrings. */
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

async function blocksOf(root: string, file: string): Promise<Block[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, notRun, indent = '', language = '', body = ''] = match;
    const code = indent.includes('*') ? body.replace(/^[ \t]*\* ?/gm, '') : body;
    const line = text.slice(0, match.index + whole.indexOf('```')).split('\n').length;
    const name = /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1];
    return { file: relative(root, file), line, language, name, notRun, code };
  });
}
