import { isBuiltin } from 'node:module';
import { build } from 'vite';

/** A module of this project with all its imports, as browsers load it. */
export interface BrowserBundle {
  /** An ECMAScript module. */
  readonly code: string;
  /** The modules of Node that it imports, at once or later: browsers have none of them. */
  readonly nodeModules: readonly string[];
  /** The packages in it. */
  readonly packages: readonly string[];
}

/** Compiles a module for browsers, as applications do. */
export async function bundleForBrowsers(module: string): Promise<BrowserBundle> {
  const nodeModules = new Set<string>();
  const packages = new Set<string>();
  const output = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'what-is-imported',
        enforce: 'pre',
        resolveId: (id) => {
          if (isBuiltin(id)) nodeModules.add(id);
        },
        moduleParsed: ({ id }) => {
          const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
          if (name !== undefined) packages.add(name);
        },
      },
    ],
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: module, formats: ['es'] },
      rollupOptions: { output: { inlineDynamicImports: true } },
    },
  });
  const [result] = Array.isArray(output) ? output : [output];
  const chunk = result && 'output' in result ? result.output[0] : undefined;
  if (!chunk) throw new TypeError('vite has built nothing');
  return { code: chunk.code, nodeModules: [...nodeModules].sort(), packages: [...packages].sort() };
}
