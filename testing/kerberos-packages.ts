import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, unpackDebianPackages } from './debian-packages.js';
import { onPath } from './on-path.js';

const PACKAGES = [
  'comerr-dev',
  'krb5-admin-server',
  'krb5-kdc',
  'krb5-multidev',
  'krb5-user',
  'libcom-err2',
  'libev4',
  'libgssapi-krb5-2',
  'libgssrpc4',
  'libk5crypto3',
  'libkadm5clnt-mit12',
  'libkadm5srv-mit12',
  'libkdb5-10',
  'libkrb5-3',
  'libkrb5-dev',
  'libkrb5support0',
  'libss2',
  'libverto-libev1',
  'libverto1',
];

/** MIT Kerberos, unpacked beside the system. */
export interface KerberosPackages {
  /** The folders of its programs, as a PATH has them. */
  readonly programs: string;
  readonly libraries: string;
  readonly headers: string;
}

/** Those of the machine's own release, for its C library. */
export async function kerberosPackages(): Promise<KerberosPackages> {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const root = await unpackDebianPackages(release ?? 'stable', PACKAGES);
  const triplets = readdirSync(join(root, 'usr/lib')).filter((name) => name.endsWith('-gnu'));
  return {
    programs: [join(root, 'usr/sbin'), join(root, 'usr/bin')].join(':'),
    libraries: join(root, 'usr/lib', triplets[0] ?? ''),
    headers: join(root, 'usr/include'),
  };
}

const VERSION = '7';

// npm's own installation script would look for a binary on a server that is no registry.
const SCRIPT = `
  set -e
  [ -e "$TARGET" ] && exit 0
  rm -rf "$WORK"
  mkdir -p "$WORK"
  cd "$WORK"
  echo '{ "name": "kerberos-for-specs", "private": true }' > package.json
  npm install --no-audit --no-fund --ignore-scripts "kerberos@$VERSION"
  cd node_modules/kerberos
  node "$NODE_GYP" rebuild --nodedir="$NODE_DIR"
  mv "$WORK" "$TARGET"
`;

/** The npm module `kerberos`, compiled once and kept for later runs. */
export async function loadKerberosModule(): Promise<unknown> {
  const { libraries, headers } = await kerberosPackages();
  const cache = await cacheFolder('spec-kerberos');
  const target = join(cache, `kerberos-${VERSION}-node-${process.versions.modules}`);
  const npm = onPath('npm');
  if (npm === null) throw new Error('This needs npm, to compile the module kerberos');
  const nodeDir = dirname(dirname(process.execPath));
  if (!existsSync(join(nodeDir, 'include/node/node.h')))
    throw new Error(`This needs the headers of Node in ${nodeDir}`);
  const { stdout: globalModules } = await promisify(execFile)(npm, ['root', '-g']);
  const env = {
    ...process.env,
    TARGET: target,
    WORK: `${target}.work`,
    VERSION,
    NODE_DIR: nodeDir,
    NODE_GYP: join(globalModules.trim(), 'npm/node_modules/node-gyp/bin/node-gyp.js'),
    CPLUS_INCLUDE_PATH: `${headers}:${join(headers, basename(libraries))}`,
    LIBRARY_PATH: libraries,
    LDFLAGS: `-Wl,-rpath,${libraries}`,
  };
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  await promisify(execFile)('flock', [join(cache, 'lock'), 'sh', '-c', SCRIPT], options);
  return createRequire(join(target, 'package.json'))('kerberos');
}
