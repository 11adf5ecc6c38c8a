import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { debianRelease, unpackDebianPackages } from './debian-packages.js';
import { compileNativeModule } from './native-module.js';

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
  const root = await unpackDebianPackages(await debianRelease(), PACKAGES);
  const triplets = readdirSync(join(root, 'usr/lib')).filter((name) => name.endsWith('-gnu'));
  return {
    programs: [join(root, 'usr/sbin'), join(root, 'usr/bin')].join(':'),
    libraries: join(root, 'usr/lib', triplets[0] ?? ''),
    headers: join(root, 'usr/include'),
  };
}

/** The npm module `kerberos`, compiled once and kept for later runs. */
export async function loadKerberosModule(): Promise<unknown> {
  const { libraries, headers } = await kerberosPackages();
  const modules = await compileNativeModule({
    name: 'kerberos',
    version: '7',
    env: {
      CPLUS_INCLUDE_PATH: `${headers}:${join(headers, basename(libraries))}`,
      LIBRARY_PATH: libraries,
      LDFLAGS: `-Wl,-rpath,${libraries}`,
    },
  });
  return createRequire(join(modules, 'package.json'))('kerberos');
}
