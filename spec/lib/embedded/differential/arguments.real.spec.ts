import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession, type RawSessionOptions } from '../../../../testing/raw-session.js';
import { type Servers, transcript } from './compare.js';
import type { AnyRequest, Program } from './program.js';
import { startServers } from './servers.js';
import { ask, create, EVERYBODY, request, znode } from './steps.js';

// Tables of valid and invalid arguments for each request.

let servers: Servers & AsyncDisposable;

beforeAll(async () => {
  servers = await startServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

const alike = (program: Program): Promise<string> => transcript(servers, program);

const CREATIONS = ['create', 'create2', 'createContainer', 'createTtl'] as const;
const FLAGS = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8];
const PATHS = [
  ...['', '/', 'a', '~', '~/', '~/a/', '~//a', '~/a//b', '~/.', '~/..', '~/./a', '~/../a', '~/a/.b', '~/a/b.'],
  ...['~/a\0b', '~/\u0001', '~/\u001f', '~/\u007f', '~/\u009f', '~/\u00a0', '~/\ud7ff', '~/\ue000', '~/\uf8ff'],
  ...['~/\ufff0', '~/\uffff', '~/ ', '~/ä', '/zookeeper', '/zookeeper/config', '/zookeeper/quota'],
];

const IDS: (readonly [scheme: string, id: string])[] = [
  ...of('world', ['anyone', 'nobody', '', 'Anyone']),
  ...of('auth', ['', 'x']),
  ...of('digest', ['a:b', 'a', 'a:', ':b', 'a:b:', 'a:b::', 'a:b:c', ':', '::', '', ' : ', 'a:b\n', 'ä:b']),
  ...of('ip', ['127.0.0.1', '127.0.0.0', '10.0.0.1', '256.0.0.1', '-1.0.0.1', '1.2.3', '1.2.3.4.5', '1.2.3.4.', '']),
  ...of('ip', ['127.0.0.1/0', '127.0.0.0/8', '127.0.0.1/32', '127.0.0.1/33', '127.0.0.1/-1', '127.0.0.1/x']),
  ...of('ip', ['127.0.0.1/', '/8', '127.0.0.1/8/8', '127.0.0.1//8', '127.0.0.1/08', '127.0.0.1/+8', '127.0.0.1/ 8']),
  ...of('ip', ['127.0.0.01', '127.0.0.+1', '127.0.0.1 ', ' 127.0.0.1', '0x7f.0.0.1', '127.0..1', '::1', 'localhost']),
  ...['nosuch', '', 'sasl', 'x509', 'super', 'World', 'Digest'].flatMap((scheme) => of(scheme, ['anyone'])),
];

function of(scheme: string, ids: readonly string[]): (readonly [string, string])[] {
  return ids.map((id) => [scheme, id]);
}

describe('the embedded server, like a real one,', () => {
  it.each(CREATIONS)('accepts the same flags and TTLs in %s', async (name) => {
    for (const ttl of name === 'createTtl' ? [1n, 0n, 2n ** 40n - 1n, 2n ** 40n, 2n ** 62n] : [1n]) {
      const answers = await alike(
        FLAGS.flatMap((flags) => [
          {
            kind: 'requests',
            slot: 'A',
            requests: [{ name, record: { ...znode(`~/${flags}-`, flags), ttl } }],
          } as const,
          ask('A', 'multi', [{ op: name, ...znode(`~/multi${flags}-`, flags), ttl }]),
        ]),
      );
      expect(answers).toContain('error -8');
    }
  });

  it.each(PATHS)('gives the same answers for the path %j', async (path) => {
    const watch = false;
    const version = 77;
    const requests: AnyRequest[] = [
      ...(['exists', 'getData', 'getChildren', 'getChildren2'] as const).map((name) => request(name, { path, watch })),
      ...(['getAcl', 'sync', 'getEphemerals'] as const).map((name) => request(name, { path })),
      request('create', znode(path)),
      request('setData', { path, data: null, version }),
      request('setAcl', { path, acl: [...EVERYBODY], version }),
      request('check', { path, version }),
      request('delete', { path, version }),
      request('multi', [{ op: 'check', path, version }]),
      request('multi', [{ op: 'delete', path, version }]),
      request('multi', [{ op: 'setData', path, data: null, version }]),
      request('multi', [{ op: 'create', ...znode(path) }]),
      request('multiRead', [{ op: 'getData', path, watch }]),
      request('addWatch', { path, mode: 0 }),
      request('addWatch', { path, mode: 1 }),
      request('checkWatches', { path, type: 3 }),
      request('removeWatches', { path, type: 3 }),
      request('setWatches', { relativeZxid: 0n, data: [path], exist: [path], child: [path] }),
    ];
    const asked = requests.map(({ name, record }) => ask('A', name, record as undefined));
    expect(await alike([...asked, create('A', '~/a'), ...asked])).toContain('A1 reply');
  });

  it('creates sequential znodes after paths that end in a slash', async () => {
    const paths = ['~/', '~/a/', '~/a//', '~/.', '~/a\0b', 'a', '~/\u0001'];
    const answers = await alike([
      create('A', '~/a'),
      ...paths.flatMap((path) => [create('A', path, 2), create('A', path, 3)]),
    ]);
    expect(answers).toContain('{path "~/a/0000000000"}');
  });

  it.each(IDS)('gives the same answers for an ACL of %s:%s', async (scheme, id) => {
    const acl = [{ perms: 31, scheme, id }];
    const answers = await alike([
      create('A', '~/a', 0, acl),
      ask('A', 'getAcl', { path: '~/a' }),
      create('A', '~/b', 0, [{ perms: 1, scheme: 'world', id: 'anyone' }, ...acl]),
      ask('A', 'getAcl', { path: '~/b' }),
      create('A', '~/c'),
      ask('A', 'setAcl', { path: '~/c', acl, version: -1 }),
      ask('A', 'getData', { path: '~/c', watch: false }),
    ]);
    expect(answers).toMatch(/error (0|-114)/);
  });

  it.each<[string, RawSessionOptions]>([
    ['no timeout', { timeout: 0 }],
    ['a negative timeout', { timeout: -1 }],
    ['a short timeout', { timeout: 1 }],
    ['a long timeout', { timeout: 2 ** 31 - 1 }],
    ['a negative last zxid', { lastZxid: -5n }],
    ['a future last zxid', { lastZxid: 2n ** 40n }],
    ['the read-only flag set', { readOnly: true }],
    ['no read-only flag', { readOnly: null }],
    ['a password for a new session', { password: Buffer.from('abc') }],
    ['no password', { password: Buffer.alloc(0) }],
    ['an unknown session', { sessionId: 0x5eedn }],
    ['an unknown session without a password', { sessionId: -1n, password: Buffer.alloc(0) }],
  ])('gives the same answer to a handshake with %s', async (_, options) => {
    const [real, embedded] = await Promise.all(
      [servers.real, servers.embedded].map(async ({ port }) => {
        await using session = await RawSession.open(port, options);
        const { handshake } = session;
        if (session.established) await session.close();
        else await session.untilHungUp();
        return (
          handshake && { ...handshake, sessionId: handshake.sessionId === 0n, password: handshake.password?.length }
        );
      }),
    );
    expect(embedded).toEqual(real);
  });
});
