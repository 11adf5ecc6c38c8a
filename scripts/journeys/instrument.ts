import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { findEntry } from '../../testing/checkout.js';

/** The name of the global function that every instrumented function calls first. */
export const ENTER = 'enterFunction';

/** The folders whose functions are counted, and the parts of them that no journey passes. */
const FOLDERS = ['lib', 'recipes'];
const EXCLUDED = [join('lib', 'embedded'), join('lib', 'cli')];

/** Compiler options that keep classes, private fields and async functions as they are written. */
const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

/**
 * Compiles a checkout's library into a folder, with a call of {@link ENTER} at the start of every function.
 *
 * @returns the file to import
 */
export async function instrument(checkout: string, target: string): Promise<string> {
  const entry = await findEntry(checkout);
  const files = (await Promise.all(FOLDERS.map((folder) => filesBelow(checkout, folder)))).flat();
  for (const file of new Set([...files, entry])) {
    const source = await readFile(join(checkout, file), 'utf8');
    const { outputText } = ts.transpileModule(withEntryCalls(source, file), { compilerOptions: COMPILER_OPTIONS });
    const output = join(target, toJavaScript(file));
    await mkdir(dirname(output), { recursive: true });
    await writeFile(output, outputText);
  }
  await writeFile(join(target, 'package.json'), JSON.stringify({ type: 'module' }));
  await symlink(join(checkout, 'node_modules'), join(target, 'node_modules'));
  return join(target, toJavaScript(entry));
}

async function filesBelow(checkout: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(checkout, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(checkout, join(entry.parentPath, entry.name)))
    .filter((file) => !EXCLUDED.some((folder) => file.startsWith(folder + sep)));
}

const toJavaScript = (file: string): string => file.replace(/\.ts$/, '.js');

/** Adds the calls to the text of a module; every line keeps its number. */
function withEntryCalls(source: string, file: string): string {
  const module = ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node, parents: readonly string[]): void => {
    const name = nameOf(node);
    const names = name === null ? parents : [...parents, name];
    const body = ts.isFunctionLike(node) && 'body' in node ? (node.body as ts.Node | undefined) : undefined;
    if (body) {
      const line = module.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const call = `${ENTER}(${JSON.stringify(file)}, ${JSON.stringify(`${names.join('.')}:${line}`)})`;
      if (ts.isBlock(body)) insertions.push({ at: body.getStart() + 1, text: `${call};` });
      else insertions.push({ at: body.getStart(), text: `(${call}, ` }, { at: body.getEnd(), text: ')' });
    }
    ts.forEachChild(node, (child) => visit(child, names));
  };
  visit(module, []);
  // From the end, so that earlier positions stay valid; of two at one position the inner one is inserted first.
  insertions.reverse().sort((a, b) => b.at - a.at);
  return insertions.reduce((text, { at, text: added }) => text.slice(0, at) + added + text.slice(at), source);
}

/** The name that a node adds to those of the functions in it; null for a node without one. */
function nameOf(node: ts.Node): string | null {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return node.name?.text ?? '=>';
  const isNamed =
    ts.isClassLike(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isAccessor(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isVariableDeclaration(node);
  return isNamed ? (node.name?.getText() ?? null) : null;
}
