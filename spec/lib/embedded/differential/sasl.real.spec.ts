import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { answerChallenge, type DigestClient } from '../../../../testing/digest-md5-client.js';
import { type RawReply, RawSession } from '../../../../testing/raw-session.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { ZooKeeperServer } from '../../../../testing/zookeeper-server.js';

const USERS = { alice: 'secret', dürer: 'größe', eve: 'пароль', super: 'admin' };
const ALICE = { username: 'alice', password: USERS.alice };
const PROVIDER = { 'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider' };
const EMPTY = Buffer.alloc(0);

const SETTINGS = {
  'with SASL': { config: {}, isOn: true, sasl: { users: USERS } },
  'that requires SASL': {
    config: { sessionRequireClientSASLAuth: 'true' },
    isOn: true,
    sasl: { users: USERS, required: true },
  },
  'without SASL': { config: {}, isOn: false, sasl: undefined },
};
type Setting = keyof typeof SETTINGS;

interface Pair {
  readonly real: ZooKeeperServer;
  readonly embedded: EmbeddedZooKeeper;
}

const pairs = new Map<Setting, Pair>();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spec-jaas-'));
  const users = Object.entries(USERS).map(([name, password]) => `user_${name}="${password}"`);
  const module = `org.apache.zookeeper.server.auth.DigestLoginModule required ${users.join(' ')};`;
  const jaas = join(folder, 'jaas.conf');
  await writeFile(jaas, `Server { ${module} };`);
  const javaOptions = [`-Djava.security.auth.login.config=${jaas}`, '-Dfile.encoding=UTF-8'];
  const starting = Object.entries(SETTINGS).map(async ([name, { config, isOn, sasl }]) => {
    const real = await ZooKeeperServer.start(isOn ? { config: { ...PROVIDER, ...config }, javaOptions } : {});
    const embedded = await EmbeddedZooKeeper.start({ logger: new RecordingLogger(), ...(sasl && { sasl }) });
    pairs.set(name as Setting, { real, embedded });
  });
  await Promise.all(starting);
});

afterAll(async () => {
  await Promise.all([...pairs.values()].flatMap(({ real, embedded }) => [real.stop(), embedded.close()]));
  await rm(folder, { recursive: true });
});

/** One connection, and what a server answers on it. */
class Dialogue {
  readonly lines: string[] = [];
  readonly session: RawSession;

  constructor(session: RawSession) {
    this.session = session;
  }

  note(reply: RawReply | null): void {
    this.lines.push(reply ? `${reply.xid} error ${reply.error} ${show(reply.body)}` : 'hung up');
  }

  /** Sends a token, and returns that of the server. */
  async send(token: Buffer | null): Promise<Buffer | null> {
    const reply = await this.session.request('sasl', { token });
    this.note(reply);
    return (reply?.body as { token: Buffer | null } | null)?.token ?? null;
  }

  /** The whole exchange; returns whether the server has proved that it knows the password. */
  async authenticate(client: DigestClient): Promise<void> {
    const { token, rspauth } = answerChallenge(await this.send(EMPTY), client);
    const proof = await this.send(token);
    this.lines.push(`the server ${String(proof) === rspauth ? 'is' : 'is not'} proved`);
  }

  async whoAmI(): Promise<void> {
    if (!this.session.closed) this.note(await this.session.request('whoAmI', undefined));
  }
}

/** Without the random parts. */
function show(body: unknown): string {
  const { token, clientInfo } = (body ?? {}) as { token?: Buffer | null; clientInfo?: { scheme: string }[] };
  if (token) {
    return String(token)
      .replace(/nonce="[\w+/]{40}"/, 'nonce="..."')
      .replace(/^rspauth=[\da-f]{32}$/, 'rspauth=...');
  }
  if (clientInfo) return JSON.stringify(clientInfo.toSorted((one, other) => one.scheme.localeCompare(other.scheme)));
  return JSON.stringify(body, (key, value) => (key === 'stat' ? undefined : value));
}

/** The answer that both servers give. Fails unless it is the same. */
async function alike(setting: Setting, talk: (dialogue: Dialogue) => Promise<void>): Promise<string> {
  const { real, embedded } = pairs.get(setting) as Pair;
  const [expected, actual] = await Promise.all(
    [real, embedded].map(async ({ port }) => {
      await using session = await RawSession.open(port);
      const dialogue = new Dialogue(session);
      await talk(dialogue);
      const [last = ''] = dialogue.lines.slice(-1);
      // A refusal ends the connection.
      if (/error -1[12]\d/.test(last)) await session.untilHungUp();
      return dialogue.lines.join('\n');
    }),
  );
  expect(actual).toBe(expected);
  return actual as string;
}

const SASL_SETTINGS: Setting[] = ['with SASL', 'that requires SASL'];

describe.each(SASL_SETTINGS)('the embedded server %s, like a real one,', (setting) => {
  it.each<DigestClient>([
    ALICE,
    { ...ALICE, authzid: 'alice' },
    { ...ALICE, authzid: 'bob' },
    { username: 'dürer', password: USERS.dürer },
    { username: 'eve', password: USERS.eve },
    { ...ALICE, directives: { nc: '00000002' } },
    { ...ALICE, directives: { qop: null } },
    { ...ALICE, directives: { charset: null } },
    { ...ALICE, directives: { future: '"x"' } },
  ])('accepts $username with $authzid and $directives, and one exchange alone', async (client) => {
    const transcript = await alike(setting, async (dialogue) => {
      await dialogue.authenticate(client);
      await dialogue.whoAmI();
      await dialogue.send(EMPTY);
    });
    expect(transcript).toContain('the server is proved');
    expect(transcript).toContain(`{"scheme":"sasl","user":"${client.username}"}`);
    expect(transcript).toMatch(/error -1(15|24) \{"token":null\}$/);
  });

  it.each<DigestClient>([
    { ...ALICE, password: 'wrong' },
    { ...ALICE, directives: { username: null } },
    { ...ALICE, directives: { realm: null } },
    { ...ALICE, directives: { realm: '"other"' } },
    { ...ALICE, directives: { nonce: '"AAAA"' } },
    { ...ALICE, directives: { nonce: null } },
    { ...ALICE, directives: { cnonce: null } },
    { ...ALICE, directives: { 'digest-uri': '"zookeeper/other"' } },
    { ...ALICE, directives: { 'digest-uri': null } },
    { ...ALICE, directives: { response: null } },
    { ...ALICE, directives: { response: '00' } },
    { ...ALICE, directives: { qop: 'auth-int' } },
    { ...ALICE, directives: { charset: 'latin1' } },
  ])('refuses $username with $password and $directives', async (client) => {
    const transcript = await alike(setting, (dialogue) => dialogue.authenticate(client));
    expect(transcript).toMatch(/error -1(15|24) \{"token":null\}\nthe server is not proved$/);
  });

  it.each<{ name: string; tokens: (Buffer | null)[] }>([
    { name: 'a null token', tokens: [null] },
    { name: 'a first token that is not empty, and an empty one', tokens: [Buffer.from('hello'), EMPTY] },
    { name: 'two empty tokens', tokens: [EMPTY, EMPTY] },
    { name: 'the longest first token', tokens: [Buffer.alloc(4_096, 'a'), EMPTY] },
    { name: 'a first token that is too long', tokens: [Buffer.alloc(4_097, 'a')] },
    { name: 'a second token that is too long', tokens: [EMPTY, Buffer.alloc(900_000, 'a')] },
    { name: 'garbage', tokens: [EMPTY, Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))] },
    { name: 'an open quote', tokens: [EMPTY, Buffer.from('username="alice')] },
  ])('answers $name', async ({ tokens }) => {
    await alike(setting, async (dialogue) => {
      for (const token of tokens) await dialogue.send(token);
    });
  });

  it('does not know SASL as credentials of their own', async () => {
    const transcript = await alike(setting, async (dialogue) =>
      dialogue.note(await dialogue.session.auth('sasl', 'alice')),
    );
    expect(transcript).toContain('error -115');
  });

  it.each<[string, (session: RawSession) => Promise<RawReply | null>]>([
    ['a ping', (session) => session.ping()],
    ['a read', (session) => session.request('exists', { path: '/none', watch: false })],
    ['the end of the session', (session) => session.request('closeSession', undefined)],
    ['an unknown operation', (session) => session.requestNumber(777, EMPTY)],
    ['a digest', (session) => session.auth('digest', 'a:b')],
  ])('answers %s before the exchange, and in the middle of it', async (_, ask) => {
    for (const begin of [false, true]) {
      const transcript = await alike(setting, async (dialogue) => {
        if (begin) await dialogue.send(EMPTY);
        dialogue.note(await ask(dialogue.session));
      });
      if (setting === 'that requires SASL' && _ !== 'a digest') expect(transcript).toContain('error -124 null');
    }
  });

  it.each([...['alice', 'bob', '', 'a@b', 'a/b@c', 'a@b@c', '@', 'a/b', 'a/b/c', 'a/b/c@d', '/@', 'a\n@b']])(
    'accepts and enforces the same ACL of sasl:%j',
    async (id) => {
      const path = `/acl-${Buffer.from(id).toString('hex')}-`;
      const acl = [{ perms: 31, scheme: 'sasl', id }];
      const { real, embedded } = pairs.get(setting) as Pair;
      const answers = await Promise.all(
        [real, embedded].map(async ({ port }) => {
          const answer: unknown[] = [];
          for (const username of ['alice', 'super'] as const) {
            await using session = await RawSession.open(port);
            await new Dialogue(session).authenticate({ username, password: USERS[username] });
            const created = await session.request('create', { path: path + username, data: null, acl, flags: 0 });
            const read = await session.request('getData', { path: path + username, watch: false });
            answer.push(created?.error, read?.error);
          }
          return answer;
        }),
      );
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[0]?.[1]).toBe(id === 'alice' ? 0 : answers[0]?.[0] === 0 ? -102 : -101);
    },
  );

  it('puts the user in place of the scheme auth', async () => {
    const acl = [{ perms: 31, scheme: 'auth', id: '' }];
    const transcript = await alike(setting, async (dialogue) => {
      await dialogue.authenticate(ALICE);
      dialogue.note(await dialogue.session.request('create', { path: '/auth', data: null, acl, flags: 0 }));
      dialogue.note(await dialogue.session.request('getAcl', { path: '/auth' }));
    });
    expect(transcript).toContain('{"acl":[{"perms":31,"scheme":"sasl","id":"alice"}]}');
  });
});

describe('the embedded server without SASL, like a real one,', () => {
  it('answers each token with null, and adds no identity', async () => {
    const transcript = await alike('without SASL', async (dialogue) => {
      await dialogue.send(EMPTY);
      await dialogue.send(Buffer.from('hello'));
      await dialogue.whoAmI();
      await dialogue.send(null);
    });
    expect(transcript).toContain('1 error 0 {"token":null}\n2 error 0 {"token":null}\n');
    expect(transcript).toContain('hung up');
  });

  it('refuses ACLs and credentials of the scheme', async () => {
    const acl = [{ perms: 31, scheme: 'sasl', id: 'alice' }];
    await alike('without SASL', async (dialogue) => {
      dialogue.note(await dialogue.session.request('create', { path: '/a', data: null, acl, flags: 0 }));
      dialogue.note(await dialogue.session.auth('sasl', 'alice'));
    });
  });
});
