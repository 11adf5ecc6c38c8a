import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificate } from './certificates.js';
import type { ZooKeeperVersion } from './supported-versions.js';

/** TLS of a server, for its clients. */
export interface ServerTls {
  /** Its own. */
  readonly certificate: Pick<Certificate, 'pemFile' | 'passphrase'>;
  /** Whose client certificates it accepts. */
  readonly ca: { readonly certFile: string };
  /** Whether it demands a client certificate, as it does by default, takes one, or asks for none. */
  readonly clientAuth?: 'need' | 'want' | 'none';
  /** One port for both: plain and TLS, by a connection's first bytes. */
  readonly portUnification?: boolean;
}

/** DIGEST-MD5 of a server. */
interface ServerSasl {
  /** The passwords by user. */
  readonly users: Readonly<Record<string, string>>;
  /** Whether a session is refused all but SASL until it is through. */
  readonly required?: boolean;
}

export interface ZooKeeperServerOptions {
  /** The one that is installed, or that ZOOKEEPER_VERSION names, by default. */
  version?: ZooKeeperVersion;
  /** Milliseconds; session timeouts from twice this on are granted, up to a minute. */
  tickTime?: number;
  port?: number;
  /** Survives stop() when given; otherwise it is temporary. */
  dataDir?: string;
  maxClientCnxns?: number;
  /** How often it looks for empty containers: milliseconds, a minute by default. */
  containerCheckInterval?: number;
  /** Whether it has znodes with a time to live; not by default. */
  timeToLive?: boolean;
  /** The number of this server in its ensemble. */
  myId?: number;
  /** A second port, with TLS; needs Netty. Default: as the transport of the specs is. */
  tls?: ServerTls;
  /** DIGEST-MD5. */
  sasl?: ServerSasl;
  /** More lines of zoo.cfg, or other values for the ones that it has. */
  config?: Readonly<Record<string, string>>;
  /** More options of the java command. */
  javaOptions?: readonly string[];
}

/** Where a server listens and keeps its files. */
export interface ServerPlace {
  readonly port: number;
  /** `null`: there is none, or it is the plain one. */
  readonly securePort: number | null;
  readonly folder: string;
}

const JAVA_OPTIONS = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-Xmx512m',
  '-XX:-UsePerfData',
  '-Dzookeeper.root.logger=INFO,CONSOLE',
];

/** Writes the files that the server reads, and returns the options of its java command. */
export async function writeServerFiles(place: ServerPlace, options: ZooKeeperServerOptions): Promise<string[]> {
  const { folder } = place;
  const dataDir = options.dataDir ?? join(folder, 'data');
  await mkdir(dataDir, { recursive: true });
  if (options.myId !== undefined) await writeFile(join(dataDir, 'myid'), String(options.myId));
  await writeFile(join(folder, 'zoo.cfg'), zooCfg(place, dataDir, options));
  const jaas = join(folder, 'jaas.conf');
  if (options.sasl) await writeFile(jaas, jaasConf(options.sasl), { mode: 0o600 });
  return [
    ...JAVA_OPTIONS,
    `-Dzookeeper.log.dir=${folder}`,
    `-Djava.io.tmpdir=${folder}`,
    `-Dznode.container.checkIntervalMs=${options.containerCheckInterval ?? 60_000}`,
    `-Dzookeeper.extendedTypesEnabled=${options.timeToLive ?? false}`,
    ...(options.sasl ? [`-Djava.security.auth.login.config=${jaas}`] : []),
    ...(options.javaOptions ?? []),
  ];
}

function zooCfg(place: ServerPlace, dataDir: string, options: ZooKeeperServerOptions): string {
  const tickTime = options.tickTime ?? 200;
  const settings = {
    tickTime,
    dataDir,
    clientPort: place.port,
    clientPortAddress: '127.0.0.1',
    minSessionTimeout: 2 * tickTime,
    maxSessionTimeout: 60_000,
    maxClientCnxns: options.maxClientCnxns ?? 0,
    globalOutstandingLimit: 100_000,
    'admin.enableServer': false,
    '4lw.commands.whitelist': '*',
    'autopurge.purgeInterval': 0,
    // A crash of the process loses nothing without fsync; only one of the machine would.
    forceSync: 'no',
    ...(options.tls ? tlsSettings(options.tls, place.securePort) : {}),
    ...(options.sasl ? saslSettings(options.sasl) : {}),
    ...options.config,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function tlsSettings(tls: ServerTls, securePort: number | null): Record<string, unknown> {
  const { certificate, ca, clientAuth = 'need' } = tls;
  return {
    serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
    'ssl.keyStore.location': certificate.pemFile,
    ...(certificate.passphrase === undefined ? {} : { 'ssl.keyStore.password': certificate.passphrase }),
    'ssl.trustStore.location': ca.certFile,
    'ssl.clientAuth': clientAuth,
    // Without it the server looks for none where it has no secure port of its own.
    'authProvider.x509': 'org.apache.zookeeper.server.auth.X509AuthenticationProvider',
    ...(securePort === null
      ? { 'client.portUnification': true }
      : { secureClientPort: securePort, secureClientPortAddress: '127.0.0.1' }),
  };
}

function saslSettings({ required = false }: ServerSasl): Record<string, unknown> {
  return {
    'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
    sessionRequireClientSASLAuth: required,
  };
}

function jaasConf({ users }: ServerSasl): string {
  const options = Object.entries(users).map(([user, password]) => {
    if (!/^[\w.-]+$/.test(user)) throw new Error(`JAAS cannot have a user named ${JSON.stringify(user)}`);
    return `  user_${user}="${password.replaceAll(/["\\]/g, '\\$&')}"`;
  });
  const module = 'org.apache.zookeeper.server.auth.DigestLoginModule required';
  return `Server {\n${[`  ${module}`, ...options].join('\n')};\n};\n`;
}
