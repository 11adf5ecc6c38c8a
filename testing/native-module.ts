import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './debian-packages.js';
import { onPath } from './on-path.js';

// Installation scripts would look for a binary on a server that is no registry.
const SCRIPT = `
  set -e
  [ -e "$TARGET" ] && exit 0
  rm -rf "$WORK"
  mkdir -p "$WORK"
  cd "$WORK"
  echo '{ "name": "module-for-specs", "private": true }' > package.json
  npm install --no-audit --no-fund --ignore-scripts "$MODULE@$VERSION"
  cd "node_modules/$MODULE"
  eval "$PREPARE"
  node "$NODE_GYP" rebuild --nodedir="$NODE_DIR"
  mv "$WORK" "$TARGET"
`;

/** A module of npm with code in C or C++. */
export interface NativeModule {
  readonly name: string;
  /** The major version. */
  readonly version: string;
  /** A shell command for its folder, before the compilation. */
  readonly prepare?: string;
  /** For the compiler. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Compiles a module once, and keeps it for later runs. Returns the folder `node_modules` that it lies in. */
export async function compileNativeModule({ name, version, prepare = ':', env }: NativeModule): Promise<string> {
  const cache = await cacheFolder(`spec-${name}`);
  const target = join(cache, `${name}-${version}-node-${process.versions.modules}`);
  const modules = join(target, 'node_modules');
  if (existsSync(target)) return modules;
  const missing = ['npm', 'make', 'g++', 'python3', 'flock'].filter((command) => onPath(command) === null);
  if (missing.length > 0) throw new Error(`This needs ${missing.join(', ')}, to compile the module ${name}`);
  const nodeDir = dirname(dirname(process.execPath));
  if (!existsSync(join(nodeDir, 'include/node/node.h')))
    throw new Error(`This needs the headers of Node in ${nodeDir}`);
  const { stdout: globalModules } = await promisify(execFile)('npm', ['root', '-g']);
  const options = {
    env: {
      ...process.env,
      ...env,
      TARGET: target,
      WORK: `${target}.work`,
      MODULE: name,
      VERSION: version,
      PREPARE: prepare,
      NODE_DIR: nodeDir,
      NODE_GYP: join(globalModules.trim(), 'npm/node_modules/node-gyp/bin/node-gyp.js'),
    },
    maxBuffer: 64 * 1024 * 1024,
  };
  process.stderr.write(`Compiling the module ${name}, for the specs\n`);
  await promisify(execFile)('flock', [join(cache, 'lock'), 'sh', '-c', SCRIPT], options);
  return modules;
}
