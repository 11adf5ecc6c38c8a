/**
 * Compiles every code block of the documents and of the docstrings as a user's file would be: strict, under nodenext,
 * with the package's own name. Exits non-zero with the block's place when one does not.
 */
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import ts from 'typescript';

interface Block {
  readonly place: string;
  readonly code: string;
}

const root = join(import.meta.dirname, '..');

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true }).catch(() => []);
  return entries.filter((name) => name.endsWith(ending)).map((name) => join(root, folder, name));
}

async function blocksOf(file: string): Promise<Block[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^([ \t]*(?:\* )?)```ts\n([\s\S]*?)^[ \t]*(?:\* )?```/gm)].map((match) => ({
    place: `${relative(root, file)}:${text.slice(0, match.index).split('\n').length}`,
    code: (match[2] ?? '').replace(/^[ \t]*\* ?/gm, ''),
  }));
}

async function main(): Promise<void> {
  const documents = [join(root, 'README.md'), join(root, 'CHANGELOG.md'), ...(await filesBelow('docs', '.md'))];
  const sources = [...(await filesBelow('lib', '.ts')), ...(await filesBelow('recipes', '.ts'))];
  const files = [...documents.filter((file) => !file.includes('/docs/reference/')), ...sources];
  const blocks = (await Promise.all(files.map(blocksOf))).flat();
  if (blocks.length === 0) throw new Error('found no code block: the search for them is broken');

  const folder = await mkdtemp(join(root, 'node_modules', '.check-docs-'));
  try {
    // The package by its own name, as it is published.
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const places = new Map<string, string>();
    for (const [index, { place, code }] of blocks.entries()) {
      const file = join(folder, `block-${index}.ts`);
      await writeFile(file, `${code}\nexport {};\n`);
      places.set(file, place);
    }
    const program = ts.createProgram([...places.keys()], {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      strict: true,
      noEmit: true,
      paths: {
        'zk-recipes': [join(root, 'dist', 'recipes', 'index.d.ts')],
        'zk-recipes/embedded': [join(root, 'dist', 'lib', 'embedded', 'index.d.ts')],
      },
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, '\n');
      if (!file) return message;
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      return `${places.get(file.fileName) ?? file.fileName} (line ${line} of the block): ${message}`;
    });
    for (const problem of problems) console.error(problem);
    console.log(`${blocks.length} code blocks compiled, ${problems.length} problems`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

await main();
