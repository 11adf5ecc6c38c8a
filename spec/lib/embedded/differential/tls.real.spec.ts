import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { CertificateAuthority } from '../../../../testing/certificates.js';
import { RawSession } from '../../../../testing/raw-session.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { ZooKeeperServer } from '../../../../testing/zookeeper-server.js';

const SUBJECTS = [
  '/O=Example/CN=alice',
  '/CN=alice/O=Example',
  '/C=DE/ST=Bayern/L=Nürnberg/street=Burg 1/O=Example/OU=One/OU=Two/CN=Dürer/UID=ad',
  '/DC=org/DC=example/CN=alice',
  '/CN=alice/emailAddress=alice@example.org',
  '/CN=alice/serialNumber=42/title=Dr/GN=Alice/SN=Smith/initials=AS/dnQualifier=x',
  '/CN=a,b+c"d\\\\e<f>g;h#i=j',
  '/CN= both ends ',
  '/CN=#first',
  '/O=Example+CN=alice+OU=One',
  '/CN=用户',
  '/CN=  ',
];

const NAMES = [
  ...['CN=alice,O=Example', 'cn=alice', 'CN=alice, O=Example', 'CN=alice;O=Example', 'CN=a+O=b', '', 'alice', 'CN'],
  ...[
    'CN=',
    '=alice',
    'CN=alice,',
    ',CN=alice',
    'CN=a,,CN=b',
    'CN=a+',
    '+CN=a',
    'X=a',
    'EMAILADDRESS=a@b',
    'S=a',
    'T=a',
  ],
  ...[
    '1.2.3=a',
    'OID.1.2.3=a',
    '3.1=a',
    '1=a',
    'CN=#0c0161',
    'CN=#0c016',
    'CN=#',
    'CN=#zz',
    'CN="a,b"',
    'CN="a',
    'CN="a"b',
  ],
  ...[
    'CN=a\\,b',
    'CN=a\\',
    'CN=a\\zb',
    'CN=a\\41b',
    'CN=a\\4',
    'CN=a"b',
    'CN=a<b',
    'CN=a;b',
    'CN= a ',
    'CN=a=b',
    'CN=a#b',
  ],
  ...[
    'CN=ä',
    ' CN=a',
    'CN =a',
    'CN=a\nb',
    'DNQ=a',
    'UID=a',
    'IP=1',
    'C N=a',
    'CN=\\ a\\ ',
    'CN="a\\"b"',
    'CN=a\\\\,O=b',
  ],
];

let authority: CertificateAuthority;
let real: ZooKeeperServer;
let embedded: EmbeddedZooKeeper;
let ports: [real: number, embedded: number];

beforeAll(async () => {
  authority = await CertificateAuthority.create();
  const server = await authority.issue();
  real = await ZooKeeperServer.start({ tls: { certificate: server, ca: authority } });
  embedded = await EmbeddedZooKeeper.start({
    tls: { cert: server.cert, key: server.key, ca: authority.cert },
    logger: new RecordingLogger(),
  });
  ports = [real.securePort ?? 0, embedded.port];
});

afterAll(async () => {
  await Promise.all([real.stop(), embedded.close()]);
  await authority[Symbol.asyncDispose]();
});

/** The answers of both servers to a client with this subject. */
async function ask<T>(subject: string, question: (session: RawSession) => Promise<T>): Promise<[real: T, embedded: T]> {
  const { cert, key } = await authority.issue({ subject });
  const answers = ports.map(async (port) => {
    await using session = await RawSession.open(port, { tls: { ca: authority.cert, cert, key } });
    const answer = await question(session);
    await session.close();
    return answer;
  });
  return (await Promise.all(answers)) as [T, T];
}

describe('the embedded server with TLS, like a real one,', () => {
  it.each(SUBJECTS)('names the client with the subject %s', async (subject) => {
    const [expected, actual] = await ask(subject, async (session) => {
      const reply = await session.request('whoAmI', undefined);
      const body = reply?.body as { clientInfo: { scheme: string }[] } | undefined;
      return (body?.clientInfo ?? []).toSorted((one, other) => one.scheme.localeCompare(other.scheme));
    });
    expect(actual).toEqual(expected);
    expect(actual.map(({ scheme }) => scheme)).toEqual(['ip', 'x509']);
  });

  it('accepts the same names in ACLs of the scheme x509', async () => {
    const [expected, actual] = await ask('/O=Example/CN=alice', async (session) => {
      const answers: unknown[] = [];
      for (const [index, id] of NAMES.entries()) {
        const acl = [{ perms: 31, scheme: 'x509', id }];
        const path = `/name-${index}`;
        const created = await session.request('create', { path, data: null, acl, flags: 0 });
        const read = await session.request('getData', { path, watch: false });
        answers.push([id, created?.error, read?.error]);
      }
      return answers;
    });
    expect(actual).toEqual(expected);
    expect(actual).toContainEqual(['CN=alice,O=Example', 0, 0]);
    expect(actual).toContainEqual(['alice', -114, -101]);
  });

  it('takes credentials of the scheme x509, and puts the subject in place of the scheme auth', async () => {
    const [expected, actual] = await ask('/O=Example/CN=alice', async (session) => {
      const acl = [{ perms: 31, scheme: 'auth', id: '' }];
      const auth = await session.auth('x509', '');
      const created = await session.request('create', { path: '/auth', data: null, acl, flags: 0 });
      const stored = await session.request('getAcl', { path: '/auth' });
      return [auth?.error, created?.error, (stored?.body as { acl: unknown } | undefined)?.acl];
    });
    expect(actual).toEqual(expected);
    expect(actual).toEqual([0, 0, [{ perms: 31, scheme: 'x509', id: 'CN=alice,O=Example' }]]);
  });
});
