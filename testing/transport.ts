import { readFileSync } from 'node:fs';
import type { TlsOptions } from '../lib/zookeeper/connection/tls-source.js';
import type { ZooKeeperClientOptions } from '../lib/zookeeper/options.js';
import { CertificateAuthority } from './certificates.js';
import type { ServerTls } from './zookeeper-config.js';

/** The variable that has the files of the certificates, for this process and its children. */
const FILES = 'SPEC_CERTIFICATES';

interface Files {
  readonly ca: string;
  /** The server's certificate and its key. */
  readonly server: string;
  /** Of the clients. */
  readonly cert: string;
  readonly key: string;
}

let connections = 0;

/** Whether a variable of the environment asks for TLS with client certificates, in place of plain TCP. */
export function isSecureRequested(env: NodeJS.ProcessEnv = process.env): boolean {
  const { SPEC_TRANSPORT: transport = '' } = env;
  if (!['', 'mtls'].includes(transport))
    throw new Error(`SPEC_TRANSPORT must be mtls, not ${JSON.stringify(transport)}`);
  return transport === 'mtls';
}

/**
 * From now on the real servers that start in this process and in its children serve TLS besides plain TCP, at the same
 * port, and demand a certificate of each client over TLS. Resolves with a function that ends that.
 */
export async function secureServers(): Promise<() => Promise<void>> {
  const authority = await CertificateAuthority.create();
  const [server, client] = await Promise.all([authority.issue(), authority.issue({ subject: '/O=Example/CN=client' })]);
  const { certFile: cert, keyFile: key } = client;
  process.env[FILES] = JSON.stringify({ ca: authority.certFile, server: server.pemFile, cert, key } satisfies Files);
  return async () => {
    delete process.env[FILES];
    await authority[Symbol.asyncDispose]();
  };
}

/** TLS of the servers that start without options for it; `null` for plain TCP. */
export function serverTransport(): ServerTls | null {
  const files = certificateFiles();
  return files && { certificate: { pemFile: files.server }, ca: { certFile: files.ca }, portUnification: true };
}

/** TLS of a single connection to such a server; `null` for plain TCP. */
export function connectionTransport(): TlsOptions | null {
  const files = certificateFiles();
  return files && { ca: readFileSync(files.ca), cert: readFileSync(files.cert), key: readFileSync(files.key) };
}

/** The options with which the clients of the specs connect: over TLS where servers have it by {@link secureServers}. */
export function clientTransport(): Pick<ZooKeeperClientOptions, 'tls'> {
  const tls = connectionTransport();
  if (!tls) return {};
  return {
    tls: () => {
      connections += 1;
      return tls;
    },
  };
}

/** How often a client of this process has begun TLS by these options. */
export function secureConnections(): number {
  return connections;
}

function certificateFiles(): Files | null {
  const files = process.env[FILES];
  return files ? (JSON.parse(files) as Files) : null;
}
