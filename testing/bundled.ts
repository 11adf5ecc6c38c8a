import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { atExit } from './at-exit.js';

const bundles = new Map<string, Promise<string>>();

/** Compiles a module of this project and all its imports into one file, for a fast start. Returns its path. */
export function bundled(module: string): Promise<string> {
  const bundle = bundles.get(module) ?? compile(module);
  bundles.set(module, bundle);
  return bundle;
}

async function compile(module: string): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'spec-bundle-'));
  atExit(() => rmSync(outdir, { recursive: true, force: true }));
  await build({
    entryPoints: [module],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Modules that the command imports later stay out of its start.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Dependencies that are CommonJS require modules of Node.
    banner: {
      js: "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return join(outdir, basename(module).replace(/\.ts$/, '.mjs'));
}
