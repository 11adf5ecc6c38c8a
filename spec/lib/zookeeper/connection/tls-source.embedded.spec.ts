import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../../index.js';
import { TlsSource } from '../../../../lib/zookeeper/connection/tls-source.js';
import { type Certificate, CertificateAuthority } from '../../../../testing/certificates.js';
import { turn } from '../../../../testing/passing-time.js';

let ca: CertificateAuthority;
let own: Certificate;

beforeAll(async () => {
  ca = await CertificateAuthority.create();
  own = await ca.issue();
});

afterAll(() => ca[Symbol.asyncDispose]());

const make = (tls: unknown) => () => new ZooKeeperClient('zk:2281', { tls: tls as never });

describe('the options of TLS', () => {
  it('are refused with an empty certificate or key, as of a file that is being written: a client without one connects', () => {
    const given = () => ({ cert: own.cert as unknown, key: own.key as unknown });
    for (const empty of ['', Buffer.alloc(0), [], null]) {
      for (const [name, tls] of [
        ['cert', { ...given(), cert: empty }],
        ['key', { ...given(), key: empty }],
        ['pfx', { pfx: empty }],
      ] as const) {
        expect(make(tls), `${name} ${typeof empty}`).toThrow(new RegExp(`tls\\.${name} must `));
        expect(make(tls)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      }
    }
    expect(make(given())).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['minVersion', 'TLSv9'],
    ['maxVersion', 12],
    ['ciphers', 'N0-SUCH'],
    ['ciphers', 5],
    ['sigalgs', 'N0-SUCH'],
    ['ecdhCurve', 'n0-such'],
    ['crl', 'n0 list'],
  ])('that cannot be used are named: %s %j', (name, value) => {
    const tls = { ca: ca.cert, cert: own.cert, key: own.key, [name]: value };
    expect(make(tls)).toThrow(new RegExp(`^tls\\.${name} cannot be used: `));
    expect(make(tls)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(make(tls)).not.toThrow(/n0/i);
  });
});

describe('a passphrase that is wrong', () => {
  it('is named whatever it decrypts the key to: for one of some 256, to what looks like another kind of key', async () => {
    const { cert, key } = await ca.issue({ passphrase: 'right' });
    const messages = new Set<string>();
    for (let nth = 0; nth < 1_000; nth += 1) {
      try {
        make({ cert, key, passphrase: `wrong ${nth}` })();
      } catch (error) {
        messages.add(String(error));
      }
    }
    expect([...messages]).toEqual([expect.stringContaining('the passphrase of key is missing or wrong')]);
  });
});

describe('a bundle of CAs', () => {
  const whole = () => [String(ca.cert), String(own.cert)] as const;

  it.each<[string, () => unknown]>([
    ['cut short', () => whole()[0] + whole()[1].slice(0, 300)],
    ['with a damaged line', () => whole()[0] + whole()[1].replace(/\n\w{9}/, '\n!')],
    ['glued without a line between', () => whole()[0].trimEnd() + whole()[1]],
    ['in DER', () => new X509Certificate(whole()[0]).raw],
    ['in two files, and one of them is cut short', () => [whole()[0], whole()[1].slice(0, 300)]],
  ])('is refused when it is %s: node:tls would trust the part before alone', (_, bundle) => {
    expect(make({ ca: bundle() })).toThrow(/^tls\.ca must be whole certificates in PEM/);
  });

  it('may have comments, other parts in PEM, and the older name of a certificate', () => {
    const [one, other] = whole();
    const named = other.replaceAll('CERTIFICATE', 'X509 CERTIFICATE');
    for (const bundle of [`# ours\r\n${one}\n----- theirs\n${other}`, one + own.key + other, own.key + one, named]) {
      expect(make({ ca: bundle })).not.toThrow();
      expect(make({ ca: Buffer.from(bundle) })).not.toThrow();
    }
  });
});

describe('a servername', () => {
  it.each(['127.0.0.1', '::1'])(
    'is no IP address: TLS has none there, and newer versions of Node throw: %s',
    (servername) => {
      expect(make({ servername })).toThrow(/^tls\.servername must be a host name, not an IP address/);
      expect(make({ servername: 'zk.example' })).not.toThrow();
    },
  );
});

describe('a range of versions of TLS', () => {
  it.each([{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, { maxVersion: 'TLSv1.1' }])(
    'is refused when it is empty: %j',
    (tls) => {
      expect(make(tls)).toThrow('tls.minVersion must not be above tls.maxVersion');
      expect(make({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).not.toThrow();
    },
  );
});

describe('a check of the server by the user', () => {
  const verdict = async (check: () => unknown): Promise<unknown> => {
    const source = new TlsSource({ checkServerIdentity: check as never }, () => {});
    const { checkServerIdentity } = await source.next();
    return checkServerIdentity?.('zk', {} as never);
  };

  it.each([undefined, null])('accepts it by %j', async (accepted) => {
    expect(await verdict(() => accepted)).toBe(undefined);
  });

  it.each<[string, unknown]>([
    ['a boolean', true],
    ['a boolean', false],
    ['a string of length 6', 'no way'],
    ['an object', { message: 'no way' }],
  ])('refuses it by %s, which is no verdict, and does not show it', async (type, given) => {
    const message = `tls.checkServerIdentity must return an Error or undefined, but returned ${type}`;
    expect(await verdict(() => given)).toEqual(new Error(message));
  });

  it('refuses it by a promise, whose rejection is no unhandled one', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    expect(await verdict(() => Promise.reject(new Error('no')))).toEqual(
      new Error('tls.checkServerIdentity must return an Error or undefined, but returned a Promise'),
    );
    await turn();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
