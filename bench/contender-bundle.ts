import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { atExit } from '../testing/at-exit.js';

const HERE = import.meta.dirname;
/** In the project, so that its dependencies are found from there. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));

/**
 * Compiles the process of the contenders on Node, and gives its path. Run through tsx, each closure would cost a call of
 * its own to keep its name, and that would be measured.
 */
export async function bundleContender(): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const outDir = mkdtempSync(join(CACHE, 'bench-'));
  atExit(() => rmSync(outDir, { recursive: true, force: true }));
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(HERE, 'contender-process.ts'),
      outDir,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'contender.mjs' } },
    },
  });
  return join(outDir, 'contender.mjs');
}
