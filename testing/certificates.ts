import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atExit } from './at-exit.js';
import { onPath } from './on-path.js';

export class NoOpenSslError extends Error {
  override readonly name = 'NoOpenSslError';

  constructor() {
    super('Certificates for the specs are made with the openssl command: run `apt-get install openssl`.');
  }
}

export interface IssueOptions {
  /** As openssl writes it, from the outermost part on: `/O=Example/CN=alice`. */
  readonly subject?: string;
  /** Host names and IP addresses that it is valid for; those of this machine by default. */
  readonly names?: readonly string[];
  /** Valid now, by default; an expired one ended an hour ago, a future one begins in an hour. */
  readonly validity?: 'current' | 'expired' | 'future';
  /** Encrypts the key. */
  readonly passphrase?: string;
}

/** A certificate with its private key, in the forms that node:tls and ZooKeeper take. */
export interface Certificate {
  readonly cert: Buffer;
  /** PKCS #8, encrypted when it was issued with a passphrase. */
  readonly key: Buffer;
  readonly passphrase?: string;
  /** Certificate and key in a PKCS #12 archive, which has the certificate's passphrase or the empty one. */
  readonly pfx: Buffer;
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate and the key in one file, as ZooKeeper's `ssl.keyStore.location` takes it. */
  readonly pemFile: string;
}

const THIS_MACHINE = ['localhost', '127.0.0.1', '::1'];

// Of ours, because the system's may lack a section or demand further parts of a subject.
const REQUEST_CONFIG = `
[req]
distinguished_name = subject
x509_extensions = authority
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`;

const ISSUE_CONFIG = `
[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any_subject
unique_subject = no
[any_subject]
commonName = optional
`;

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
const HOUR = 3_600_000;
const VALIDITIES = {
  current: { from: -HOUR, to: 24 * HOUR },
  expired: { from: -2 * HOUR, to: -HOUR },
  future: { from: HOUR, to: 2 * HOUR },
};

/** Issues certificates, made by the openssl command in a temporary folder that goes with it. */
export class CertificateAuthority implements AsyncDisposable {
  /** Its own certificate: the one that clients and servers trust. */
  readonly cert: Buffer;
  readonly certFile: string;
  readonly #folder: string;
  readonly #forgetFolder: () => void;
  #issued = 0;

  private constructor(folder: string, forgetFolder: () => void, cert: Buffer) {
    this.#folder = folder;
    this.#forgetFolder = forgetFolder;
    this.cert = cert;
    this.certFile = join(folder, 'ca.pem');
  }

  static async create(subject = '/O=Example/CN=Example CA'): Promise<CertificateAuthority> {
    const folder = await mkdtemp(join(tmpdir(), 'spec-certificates-'));
    const forgetFolder = atExit(() => rmSync(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'request.cnf'), REQUEST_CONFIG);
    const files = ['-config', 'request.cnf', '-keyout', 'ca.key', '-out', 'ca.pem'];
    await openssl(folder, ['req', '-x509', ...NEW_KEY, '-nodes', '-subj', subject, '-days', '2', ...files]);
    return new CertificateAuthority(folder, forgetFolder, await readFile(join(folder, 'ca.pem')));
  }

  async issue(options: IssueOptions = {}): Promise<Certificate> {
    const { subject = '/O=Example/CN=localhost', names = THIS_MACHINE, validity = 'current', passphrase } = options;
    // openssl keeps a database of what it issued: with one for each certificate, two can be issued at once.
    const folder = join(this.#folder, `issued-${++this.#issued}`);
    await mkdir(folder);
    await writeFile(join(folder, 'index.txt'), '');
    await writeFile(join(folder, 'issue.cnf'), ISSUE_CONFIG);
    await writeFile(join(folder, 'extensions.cnf'), extensions(names));
    const env = { SPEC_PASSPHRASE: passphrase ?? '' };
    const request = ['-config', '../request.cnf', '-keyout', 'plain.pem', '-out', 'request.pem'];
    await openssl(folder, ['req', '-new', ...NEW_KEY, '-nodes', '-subj', subject, ...request]);
    // Java 17 reads no newer encryption.
    const encryption = passphrase === undefined ? ['-nocrypt'] : ['-v1', 'PBE-SHA1-3DES'];
    const keys = ['-in', 'plain.pem', '-out', 'key.pem', '-passout', 'env:SPEC_PASSPHRASE'];
    await openssl(folder, ['pkcs8', '-topk8', ...encryption, ...keys], env);
    await rm(join(folder, 'plain.pem'));
    const { from, to } = VALIDITIES[validity];
    const dates = ['-startdate', asn1Date(from), '-enddate', asn1Date(to)];
    const signing = ['-cert', '../ca.pem', '-keyfile', '../ca.key', '-in', 'request.pem', '-out', 'cert.pem'];
    const contents = ['-preserveDN', '-extfile', 'extensions.cnf', ...dates];
    await openssl(folder, ['ca', '-batch', '-notext', '-config', 'issue.cnf', ...contents, ...signing]);
    const archive = ['-passin', 'env:SPEC_PASSPHRASE', '-passout', 'env:SPEC_PASSPHRASE', '-out', 'archive.p12'];
    await openssl(folder, ['pkcs12', '-export', '-in', 'cert.pem', '-inkey', 'key.pem', ...archive], env);
    return read(folder, passphrase);
  }

  /** Removes its files; idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    this.#forgetFolder();
  }
}

async function read(folder: string, passphrase: string | undefined): Promise<Certificate> {
  const [certFile, keyFile, pemFile] = ['cert.pem', 'key.pem', 'cert-and-key.pem'].map((name) => join(folder, name));
  const cert = await readFile(certFile as string);
  const key = await readFile(keyFile as string);
  await writeFile(pemFile as string, Buffer.concat([cert, key]));
  const pfx = await readFile(join(folder, 'archive.p12'));
  const files = { certFile: certFile as string, keyFile: keyFile as string, pemFile: pemFile as string };
  return { cert, key, pfx, ...files, ...(passphrase === undefined ? {} : { passphrase }) };
}

function extensions(names: readonly string[]): string {
  const alternatives = names.map((name) => (/^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`));
  return [
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature',
    'extendedKeyUsage = serverAuth, clientAuth',
    ...(names.length === 0 ? [] : [`subjectAltName = ${alternatives.join(', ')}`]),
    '',
  ].join('\n');
}

/** `YYYYMMDDHHMMSSZ`, so many ms from now. */
function asn1Date(fromNow: number): string {
  const iso = new Date(Date.now() + fromNow).toISOString();
  return `${iso.slice(0, 19).replace(/\D/g, '')}Z`;
}

async function openssl(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const command = onPath('openssl');
  if (command === null) throw new NoOpenSslError();
  await promisify(execFile)(command, args, { cwd, env: { ...process.env, ...env } });
}
