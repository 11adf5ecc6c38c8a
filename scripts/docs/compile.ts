import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { type Block, placeOf } from './code-blocks.js';

/** Each block by the path of its TypeScript file. Its JavaScript is written beside it. */
export type WrittenBlocks = ReadonlyMap<string, Block>;

/** Writes each block into a file of its own, in a folder named for its document. */
export async function writeBlocks(blocks: readonly Block[], folder: string): Promise<WrittenBlocks> {
  const written = new Map<string, Block>();
  for (const block of blocks) {
    const home = join(folder, block.file);
    await mkdir(home, { recursive: true });
    const file = join(home, block.name ?? `line-${block.line}.ts`);
    await writeFile(file, `${block.code}\nexport {};\n`);
    written.set(file, block);
  }
  return written;
}

/** Compiles the files like a user's, and returns the errors, each with its place in the document. */
export function compile(written: WrittenBlocks): string[] {
  const program = ts.createProgram([...written.keys()], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
  });
  program.emit();
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n');
    if (!file) return message;
    const block = written.get(file.fileName);
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    const place = block ? placeOf({ ...block, line: block.line + line }) : `${file.fileName}:${line}`;
    return `${place}: ${message}`;
  });
}
