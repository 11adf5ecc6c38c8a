import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { atExit } from '../testing/at-exit.js';
import { findEntry } from '../testing/checkout.js';

/** The import of the library in clients/ours.ts. */
const LIBRARY_IMPORT = /^\.\.\/\.\.\/index\.js$/;

/**
 * Compiles the process of the contenders on Node with the library of a checkout, and returns its path. Under tsx each
 * closure would cost an extra call that keeps its name, and the bench would measure that.
 */
export async function bundleContender(checkout: string): Promise<string> {
  // Inside the checkout, so that its own dependencies are resolved.
  const cache = join(checkout, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outDir = mkdtempSync(join(cache, 'bench-'));
  atExit(() => rmSync(outDir, { recursive: true, force: true }));
  const library = join(checkout, await findEntry(checkout));
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: [{ find: LIBRARY_IMPORT, replacement: library }] },
    build: {
      ssr: join(import.meta.dirname, 'contender-process.ts'),
      outDir,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'contender.mjs' } },
    },
  });
  return join(outDir, 'contender.mjs');
}
