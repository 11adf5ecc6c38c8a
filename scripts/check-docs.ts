/**
 * Compiles every code block of the documents and of the docstrings as a user's file would be: strict, under nodenext,
 * with the package's own name. A block that begins with its file's name can be imported by the others of its document,
 * and is run when it is a test. Exits non-zero with the block's place when one does not compile, or fails.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

const run = promisify(execFile);

interface Block {
  /** From the root. */
  readonly file: string;
  readonly line: number;
  /** What it says that it is called. */
  readonly name: string | undefined;
  readonly code: string;
}

const root = join(import.meta.dirname, '..');

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true }).catch(() => []);
  return entries.filter((name) => name.endsWith(ending)).map((name) => join(root, folder, name));
}

async function blocksOf(file: string): Promise<Block[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^([ \t]*(?:\* )?)```ts\n([\s\S]*?)^[ \t]*(?:\* )?```/gm)].map((match) => {
    const code = (match[2] ?? '').replace(/^[ \t]*\* ?/gm, '');
    const line = text.slice(0, match.index).split('\n').length;
    return { file: relative(root, file), line, name: /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1], code };
  });
}

/** Runs the tests among the files, each with its own runner. */
async function runTests(folder: string, files: readonly string[]): Promise<void> {
  const specs = files.filter((file) => file.endsWith('.spec.ts'));
  const tests = files.filter((file) => file.endsWith('.test.ts'));
  if (specs.length === 0 || tests.length === 0) throw new Error('found no test to run: the search for them is broken');
  // So that vitest does not take the package's own.
  await writeFile(join(folder, 'vitest.config.ts'), 'export default {};\n');
  await run(join(root, 'node_modules', '.bin', 'vitest'), ['run', '.spec.ts'], { cwd: folder });
  await run(process.execPath, ['--import', 'tsx', '--test', ...tests], { cwd: root });
  console.log(`${specs.length + tests.length} tests of the documents passed`);
}

async function main(): Promise<void> {
  const documents = [join(root, 'README.md'), join(root, 'CHANGELOG.md'), ...(await filesBelow('docs', '.md'))];
  const sources = [...(await filesBelow('lib', '.ts')), ...(await filesBelow('recipes', '.ts'))];
  const files = [...documents.filter((file) => !file.includes('/docs/reference/')), ...sources];
  const blocks = (await Promise.all(files.map(blocksOf))).flat();
  if (blocks.length === 0) throw new Error('found no code block: the search for them is broken');

  // Inside the package, so that its own name leads to what is published.
  const folder = await mkdtemp(join(root, '.check-docs-'));
  try {
    const places = new Map<string, Block>();
    for (const [index, block] of blocks.entries()) {
      const home = join(folder, block.file);
      await mkdir(home, { recursive: true });
      const file = join(home, block.name ?? `block-${index}.ts`);
      await writeFile(file, `${block.code}\nexport {};\n`);
      places.set(file, block);
    }
    const program = ts.createProgram([...places.keys()], {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      strict: true,
      noEmit: true,
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, '\n');
      if (!file) return message;
      const block = places.get(file.fileName);
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      return `${block ? `${block.file}:${block.line + line}` : `${file.fileName}:${line}`}: ${message}`;
    });
    for (const problem of problems) console.error(problem);
    console.log(`${blocks.length} code blocks compiled, ${problems.length} problems`);
    if (problems.length > 0) process.exitCode = 1;
    else await runTests(folder, [...places.keys()]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

try {
  await main();
} catch (error) {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
  console.error(stdout, stderr);
  throw error;
}
