import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession } from '../../../../testing/raw-session.js';
import { type Servers, transcript } from './compare.js';
import { IDENTITIES } from './identities.js';
import type { Program, Step } from './program.js';
import { startServers } from './servers.js';
import { ask, change, create, EVERYBODY, end, identify, PRIVATE, remove, znode } from './steps.js';

// Cases that random programs rarely reach. Each asserts a line of the real server which shows that it was reached.

let servers: Servers & AsyncDisposable;

beforeAll(async () => {
  servers = await startServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

const alike = (program: Program): Promise<string> => transcript(servers, program);
const reading = { watch: true } as const;

describe('sessions of the embedded server, like those of a real one,', () => {
  it('close the connection whose session another one resumes', async () => {
    const answers = await alike([create('A', '~/a', 1), { kind: 'attach', slot: 'A', as: 'itself' }, end('A')]);
    expect(answers).toContain('A1 has no connection\nA is A1');
  });

  it('lose only their connection to a handshake with a wrong password', async () => {
    const answers = await alike([
      create('A', '~/a', 1),
      { kind: 'attach', slot: 'A', as: 'stranger' },
      ask('B', 'exists', { path: '~/a', ...reading }),
      ask('A', 'getEphemerals', { path: '' }),
    ]);
    expect(answers).toContain('A is refused with an answer\nA1 has no connection');
    expect(answers).toContain('{children ["~/a"]}');
  });

  it('keep their connection when a client with a later zxid asks for them', async () => {
    const answers = await alike([
      create('A', '~/a', 1),
      { kind: 'attach', slot: 'A', as: 'ahead' },
      ask('A', 'getEphemerals', { path: '' }),
    ]);
    expect(answers).toContain('A is refused with no answer\nA1 reply -2');
  });

  it('pass neither watches nor identities to the next connection', async () => {
    const answers = await alike([
      identify('A'),
      create('A', '~/a', 0, PRIVATE),
      ask('A', 'exists', { path: '~/a', ...reading }),
      { kind: 'drop', slot: 'A' },
      ask('A', 'whoAmI', undefined),
      ask('A', 'getData', { path: '~/a', watch: false }),
      identify('B'),
      change('B', '~/a'),
    ]);
    expect(answers).not.toContain('event');
    expect(answers).toContain('error -102');
  });

  // The real server sometimes answers with an error and sometimes not at all: its answers cannot be compared.
  it.each(['real', 'embedded'] as const)('execute no request after their end (%s)', async (name) => {
    const { port } = servers[name];
    await using session = await RawSession.open(port);
    session.send('closeSession', undefined);
    session.send('create', znode('/late'));
    await session.untilHungUp();
    await using witness = await RawSession.open(port);
    expect((await witness.request('exists', { path: '/late', watch: false }))?.error).toBe(-101);
    await witness.close();
  });

  it('end with one transaction for any number of ephemerals', async () => {
    const answers = await alike([
      ask('B', 'addWatch', { path: '~', mode: 1 }),
      ask('C', 'getChildren', { path: '~', ...reading }),
      ...['~/1', '~/2', '~/3', '~/4', '~/5'].map((path) => create('A', path, 1)),
      ask('C', 'getChildren', { path: '~', ...reading }),
      end('A'),
    ]);
    expect(answers.match(/B1 event 2/g)).toHaveLength(5);
    expect(answers.match(/C1 event 4/g)).toHaveLength(2);
  });
});

describe('permissions on the embedded server, like those on a real one,', () => {
  it('are checked before anything else by each operation', async () => {
    for (let perms = 0; perms < 32; perms += 1) {
      const acl = [{ perms, scheme: 'world', id: 'anyone' }, ...PRIVATE];
      const answers = await alike([
        identify('A'),
        create('A', '~/a'),
        create('A', '~/a/b'),
        ask('A', 'setAcl', { path: '~/a', acl, version: -1 }),
        ...(['exists', 'getData', 'getChildren', 'getChildren2'] as const).map((name) => {
          return ask('B', name, { path: '~/a', watch: false });
        }),
        ...(['getAcl', 'getAllChildrenNumber', 'sync'] as const).map((name) => ask('B', name, { path: '~/a' })),
        ask('B', 'setData', { path: '~/a', data: null, version: 7 }),
        ask('B', 'setAcl', { path: '~/a', acl, version: 7 }),
        ask('B', 'check', { path: '~/a', version: 7 }),
        ...['~/a/b', '~/a/c', '~/a/', '~/a//c'].map((path) => create('B', path)),
        ...['~/a/none', '~/a/b', '~/a'].map((path) => ask('B', 'delete', { path, version: 7 })),
        ask('B', 'multiRead', [{ op: 'getData', path: '~/a', watch: true }]),
      ]);
      expect(answers).toContain(perms === 31 ? 'error -103' : 'error -102');
    }
  });

  it.each([
    ['127.0.0.1', 'error 0'],
    ['127.0.0.2', 'error -102'],
    ['127.0.0.0/31', 'error 0'],
    ['127.0.0.2/31', 'error -102'],
    ['127.255.0.0/8', 'error 0'],
    ['128.0.0.0/8', 'error -102'],
    ['128.0.0.0/0', 'error 0'],
  ])('match the network %s', async (id, result) => {
    const answers = await alike([
      create('A', '~/a', 0, [{ perms: 1, scheme: 'ip', id }]),
      ask('B', 'getData', { path: '~/a', watch: false }),
    ]);
    expect(answers).toContain(`B1 reply 1 zxid +3 ${result}`);
  });

  it('replace `auth` by every identity of the connection', async () => {
    const answers = await alike([
      ...IDENTITIES.map((auth): Step => ({ kind: 'auth', slot: 'A', scheme: 'digest', auth })),
      create('A', '~/a', 0, [{ perms: 31, scheme: 'auth', id: 'ignored' }]),
      create('A', '~/b', 0, [...EVERYBODY, ...EVERYBODY, { perms: 1, scheme: 'auth', id: '' }]),
      ...['~/a', '~/b'].flatMap((path) => [ask('A', 'getAcl', { path }), ask('B', 'getAcl', { path })]),
    ]);
    expect(answers).toMatch(/acl \["digest:u:\S+:31", "digest:v:\S+:31"\]/);
  });
});

describe('multis on the embedded server, like those on a real one,', () => {
  it('see the effects of their earlier operations', async () => {
    const anyVersion = -1;
    const answers = await alike([
      create('A', '~/a'),
      create('A', '~/a/b'),
      ask('A', 'multi', [
        { op: 'delete', path: '~/a/b', version: anyVersion },
        { op: 'delete', path: '~/a', version: anyVersion },
        { op: 'create', ...znode('~/a', 4) },
        { op: 'create', ...znode('~/a/b-', 3) },
        { op: 'create2', ...znode('~/a/b-', 2) },
        { op: 'setData', path: '~/a', data: null, version: 0 },
        { op: 'setData', path: '~/a', data: Buffer.from('yy'), version: 1 },
        { op: 'check', path: '~/a', version: 2 },
      ]),
      ask('A', 'multi', [
        { op: 'delete', path: '~/a/b-0000000001', version: 0 },
        { op: 'delete', path: '~/a', version: 2 },
      ]),
      ask('A', 'getChildren2', { path: '~/a', watch: false }),
    ]);
    expect(answers).toContain('{op "create", path "~/a/b-0000000001"}');
    expect(answers).toContain('[{op "error", error 0}, {op "error", error -111}]');
  });

  it('are rolled back as a whole, sequence numbers included', async () => {
    const answers = await alike([
      create('A', '~/a'),
      ask('A', 'multi', [
        { op: 'create', ...znode('~/a/s-', 2) },
        { op: 'setData', path: '~/a', data: null, version: 0 },
        { op: 'check', path: '~/a', version: 0 },
        { op: 'create', ...znode('~/never') },
      ]),
      create('A', '~/a/s-', 2),
    ]);
    expect(answers).toContain(
      '[{op "error", error 0}, {op "error", error 0}, {op "error", error -103}, {op "error", error -2}]',
    );
    expect(answers).toContain('{path "~/a/s-0000000000"}');
  });
});

describe('quotas on the embedded server, like those on a real one,', () => {
  it('are counted and not enforced', async () => {
    const quota = '/zookeeper/quota~';
    const data = Buffer.from('count=1,bytes=2');
    const setUp = ['', '/zookeeper_stats', '/zookeeper_limits'].map((name) => {
      return ask('A', 'create', { ...znode(quota + name), data });
    });
    const look = ['/zookeeper_stats', '/zookeeper_limits'].map((name) => {
      return ask('B', 'getData', { path: quota + name, watch: true });
    });
    const answers = await alike([
      create('A', '~/before'),
      ...setUp,
      ...look,
      create('A', '~/a'),
      ...look,
      ask('A', 'setData', { path: '~/a', data: Buffer.alloc(100), version: -1 }),
      ...look,
      create('A', '~/e', 1),
      remove('A', '~/a'),
      ...look,
      end('A'),
      ...look,
      ...['/zookeeper_stats', '/zookeeper_limits', ''].map((name) => remove('B', quota + name)),
    ]);
    expect(answers).toContain('count=');
  });
});
