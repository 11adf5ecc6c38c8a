import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'vite';
import { atExit } from './at-exit.js';

const bundles = new Map<string, Promise<string>>();

/** Compiles a module of this project and all its imports into one file, for a fast start. Returns its path. */
export function bundled(module: string): Promise<string> {
  const bundle = bundles.get(module) ?? compile(module);
  bundles.set(module, bundle);
  return bundle;
}

async function compile(module: string): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'spec-bundle-'));
  atExit(() => rmSync(outDir, { recursive: true, force: true }));
  await build({
    configFile: false,
    logLevel: 'error',
    // The file lies outside of the project, where no package can be found.
    ssr: { noExternal: true },
    build: {
      ssr: module,
      outDir,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' } },
    },
  });
  return join(outDir, basename(module).replace(/\.ts$/, '.mjs'));
}
