import { join } from 'node:path';
import ts from 'typescript';

/**
 * Compiles the files of `tsconfig.build.json`, and those that they import, to JavaScript and declarations in a folder.
 * Throws for errors.
 */
export function compile(root: string, folder: string): void {
  const configFile = join(root, 'tsconfig.build.json');
  const { config } = ts.readConfigFile(configFile, ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root, {
    outDir: folder,
    incremental: false,
  });
  const program = ts.createProgram(fileNames, options);
  program.emit();
  const problems = [
    ...program.getSyntacticDiagnostics(),
    ...program.getSemanticDiagnostics(),
    ...program.getDeclarationDiagnostics(),
  ];
  if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, ts.createCompilerHost(options)));
}
