import { X509Certificate } from 'node:crypto';
// The default export, as in the client: a bundler may name each use of a namespace.
import tls from 'node:tls';
import { InvalidArgumentError } from './errors.js';

/** Throws unless each CA is one certificate or more: node:tls ignores any other value, and all behind a broken one. */
export function validateCa(ca: unknown): void {
  if ([ca ?? []].flat().every((each) => areCertificates(each as string | Buffer))) return;
  throw new InvalidArgumentError('tls.ca must be whole certificates in PEM, not the names of files');
}

/** Throws for a range without a version in it, which node:tls finds at each handshake. The versions sort as texts. */
export function validateVersions({ minVersion, maxVersion }: tls.SecureContextOptions): void {
  if ((minVersion ?? tls.DEFAULT_MIN_VERSION) <= (maxVersion ?? tls.DEFAULT_MAX_VERSION)) return;
  throw new InvalidArgumentError('tls.minVersion must not be above tls.maxVersion');
}

/** Whether a certificate or key is none, as in a file that is being written: node:tls passes over most of them. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (value as { length?: number }).length === 0;
}

/** The options that node:tls can only judge together. */
const TOGETHER: ReadonlySet<string> = new Set(['cert', 'key', 'pfx', 'passphrase']);

/**
 * The error for options of TLS that node:tls refused. Without the cause: the messages of node:tls about a value of the
 * wrong type show the value, which may be a passphrase.
 */
export function unusableTls(error: unknown, options: object): InvalidArgumentError {
  for (const [name, value] of Object.entries(options)) {
    const flaw = TOGETHER.has(name) ? null : flawAlone({ [name]: value });
    if (flaw !== null) return new InvalidArgumentError(`tls.${name} cannot be used: ${flaw}`);
  }
  const isEncrypted = /ENCRYPTED/.test(String((options as tls.SecureContextOptions).key));
  return new InvalidArgumentError(`tls cannot be used: ${flawOf(error, isEncrypted)}`);
}

function flawAlone(option: object): string | null {
  try {
    tls.createSecureContext(option);
    return null;
  } catch (error) {
    return flawOf(error);
  }
}

function areCertificates(value: string | Buffer): boolean {
  try {
    const parts = Buffer.from(value as string)
      .toString()
      .split(/^(?=-----BEGIN )/m);
    const certificates = parts.filter((part) => /^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(part));
    return certificates.length > 0 && certificates.every((each) => new X509Certificate(each));
  } catch {
    return false;
  }
}

const HINTS = new Map([
  ['bad decrypt', 'the passphrase of key is missing or wrong'],
  ['mac verify failure', 'the passphrase of pfx is missing or wrong'],
  ['not enough data', 'pfx is not a PKCS #12 archive'],
  ['key values mismatch', 'key is not the key of cert'],
  ['no start line', 'cert is not a certificate in PEM, or key not a private key'],
  ['unsupported', 'key is not a private key in PEM'],
  ['lib(0)::reason(0)', 'the value is wrong'],
]);

/** The reason without any value of an option. */
function flawOf(error: unknown, isEncrypted = false): string {
  const { code, reason, message, library } = error as { [N in 'code' | 'reason' | 'message' | 'library']?: string };
  const isOfOpenSsl = library !== undefined || /^ERR_(OSSL|SSL|CRYPTO)/.test(code ?? '');
  if (!isOfOpenSsl && code?.startsWith('ERR_')) return `the type or the value is wrong (${code})`;
  const text = reason ?? message?.replace(/^error:\w*:/i, '') ?? 'unknown';
  // For one wrong passphrase of some 256, what OpenSSL decrypts looks like a key of a kind that it does not know.
  return HINTS.get(isEncrypted && text === 'unsupported' ? 'bad decrypt' : text) ?? text;
}
