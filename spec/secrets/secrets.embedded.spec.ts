import { inspect } from 'node:util';
import { describe, expect } from 'vitest';
import {
  ChildrenWatch,
  DataWatch,
  NoAuthError,
  PatientChildrenWatch,
  ZooKeeperClient,
  ZooKeeperError,
} from '../../index.js';
import { Transaction } from '../../lib/core/transaction.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { NodeWatch } from '../../recipes/delivering/node-watch.js';
import { CertificateAuthority } from '../../testing/certificates.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { runModule } from '../../testing/run-module.js';
import { CliProcess } from '../lib/cli/cli-process.js';
import { it } from '../support/embedded-fixtures.js';
import { PUBLIC_CALLS, wrongArguments } from './public-calls.js';
import { SECRET } from './shapes.js';
import { overheard, tracesIn } from './traces.js';

/** Functions without arguments that could be a secret in the wrong place. */
const WITHOUT_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  ZooKeeperClient: ['metrics', 'close', 'toJSON', 'transaction', 'whoAmI'],
  Transaction: ['commit'],
  NodeWatch: ['stop'],
  PatientChildrenWatch: [],
  EmbeddedZooKeeper: ['stop', 'restart', 'close'],
};

/** Overridden without a check of their own, or not public. */
const INHERITED = [
  ...['constructor', 'addListener', 'removeListener', 'listeners', 'iterate', 'reportListenerError'],
  ...['absolute', 'newCall', 'read', 'submit'],
];

function methodsOf(prototype: object): string[] {
  const names: string[] = [];
  for (let each = prototype; !Object.hasOwn(each, 'eventNames') && each !== Object.prototype; ) {
    const described = Object.entries(Object.getOwnPropertyDescriptors(each));
    names.push(...described.flatMap(([name, { value }]) => (typeof value === 'function' ? [name] : [])));
    each = Object.getPrototypeOf(each);
  }
  return [...new Set(names)].filter((name) => !INHERITED.includes(name));
}

async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a secret', () => {
  it('is tried in every public function that takes arguments', () => {
    const classes = { ZooKeeperClient, Transaction, NodeWatch, PatientChildrenWatch, EmbeddedZooKeeper };
    for (const [name, { prototype }] of Object.entries(classes)) {
      const listed = methodsOf(prototype).filter((method) => `${name}.${method}` in PUBLIC_CALLS);
      const exempt = [...(WITHOUT_ARGUMENTS[name] ?? []), ...(name === 'NodeWatch' ? ['once', 'off'] : [])];
      expect([...listed, ...exempt].sort(), name).toEqual(methodsOf(prototype).sort());
    }
  });

  for (const [name, { args, run }] of Object.entries(PUBLIC_CALLS)) {
    it(`in the wrong place is not repeated by ${name}`, async ({ client, server, logger }) => {
      const heard = overheard();
      for (const path of ['/node', '/locked']) await client.create(path);
      let failures = 0;
      for (const { where, args: wrong } of wrongArguments(args)) {
        const error = await failureOf(() => run({ client, server }, wrong as never));
        if (error !== undefined) failures += 1;
        expect(tracesIn(error), `${name}, ${where}`).toEqual([]);
        const isOurs = error instanceof ZooKeeperError || error === 'aborted by the spec';
        if (error !== undefined && !isOurs)
          expect(String(error), where).toMatch(/^Error: thrown by a getter|^TypeError: Class constructor/);
      }
      if (!['watchesOf', 'ZooKeeperClient.off'].includes(name)) expect(failures).toBeGreaterThan(20);
      expect(tracesIn([heard, logger.items, client, server, (client.logger as RecordingLogger).items])).toEqual([]);
    });
  }

  it('in its right place is in no report of a client, a watch or a server', async ({ server, connect, logger }) => {
    const heard = overheard();
    const reports = new RecordingLogger();
    const auth = [{ scheme: 'digest', auth: `user:${SECRET}` }];
    const talkative = Object.assign(reports, { token: SECRET });
    const client = await connect({ auth, logger: talkative });
    await client.create('/secret', SECRET, { acl: [{ perms: 31, scheme: 'auth', id: '' }] });
    const watch = new DataWatch(client, '/secret', () => {});
    const children = new ChildrenWatch(client, '/secret', () => {});
    await Promise.all([watch.ready, children.ready]);
    const other = await connect();
    const errors = [
      await failureOf(() => other.getData('/secret')),
      await failureOf(() => client.create('/secret', SECRET)),
      await failureOf(() => client.setData('/secret', SECRET, 7)),
      await failureOf(() => client.create('/none/a', SECRET)),
      await failureOf(() => client.create('/b', '', { acl: [{ perms: 31, scheme: SECRET, id: SECRET }] })),
      await failureOf(() => client.setData('/secret', SECRET.repeat(60_000))),
      await failureOf(() => client.transaction().setData('/secret', SECRET).check('/secret', 7).commit()),
    ];
    expect(errors[0]).toBeInstanceOf(NoAuthError);
    for (const error of errors) expect(error).toBeInstanceOf(ZooKeeperError);
    const transaction = client.transaction().create('/a', SECRET);
    const patient = new PatientChildrenWatch(client, '/secret');
    server.dropConnections();
    await client.retry(() => client.setData('/secret', `${SECRET}!`));
    expect(tracesIn([errors, heard, logger.items, transaction, patient, watch, children, server])).toEqual([]);
    expect(tracesIn(reports.items)).toEqual([]);
    expect(tracesIn(client)).toEqual([]);
    expect(inspect(client)).toMatch(/^ZooKeeperClient \{\s+state: 'connected',\s+sessionId: '0x[0-9a-f]+',/);
    expect(JSON.parse(JSON.stringify(client))).toMatchObject({ state: 'connected' });
    const password = client.sessionPassword?.toString('hex').match(/../g)?.join(' ') ?? '';
    expect(inspect(client, { depth: Infinity, showHidden: true })).not.toContain(password);
  });

  it('that a server refuses is not in the error, in the log or in the log of the server', async ({
    server,
    logger,
  }) => {
    // Passes for the name of a scheme, as a token without punctuation does when the arguments are swapped.
    const token = SECRET.slice(7);
    const reports = new RecordingLogger();
    const refused = new ZooKeeperClient(server.connectString, {
      auth: [{ scheme: token, auth: 'digest' }],
      logger: reports,
    });
    const error = await failureOf(() => refused.connect());
    expect(error).toMatchObject({ code: 'AUTH_FAILED' });
    await refused.close();
    const late = await new ZooKeeperClient(server.connectString, { logger: reports }).connect();
    late.addAuth(token, SECRET);
    await reports.until((lines) =>
      lines.some(({ level, message }) => level === 'error' && /credentials/.test(message)),
    );
    await late.close();
    expect(logger.messages('warn')).toContainEqual(expect.stringContaining('cannot be authenticated'));
    expect(tracesIn([error, reports.items, logger.items])).toEqual([]);
  });

  it('of SASL or of a key is in no report of a client or a server, whether it is right or wrong', async () => {
    const reports = new RecordingLogger();
    const heard = overheard();
    await using ca = await CertificateAuthority.create();
    const { cert, key } = await ca.issue();
    const guarded = await ca.issue({ passphrase: SECRET });
    const users = { right: SECRET, wrong: 'other' };
    const server = await EmbeddedZooKeeper.start({ logger: reports, tls: { cert, key, ca: ca.cert }, sasl: { users } });
    const results: unknown[] = [server, reports.items, heard];
    for (const username of ['right', 'wrong', SECRET]) {
      for (const password of [SECRET, async () => SECRET]) {
        const tls = { ca: ca.cert, cert: guarded.cert, key: guarded.key, passphrase: SECRET };
        const sasl = { mechanism: 'DIGEST-MD5', username, password } as const;
        const client = new ZooKeeperClient(server.connectString, { logger: reports, tls, sasl });
        const error = await failureOf(() => client.connect());
        expect(error === undefined).toBe(username === 'right');
        results.push(error, client);
        await client.close();
      }
    }
    for (const make of [
      (): unknown => new ZooKeeperClient('zk', { tls: { cert, key: guarded.key, passphrase: SECRET } }),
      (): unknown => new ZooKeeperClient('zk', { tls: { pfx: guarded.pfx, passphrase: `${SECRET}!` } }),
      (): unknown => new ZooKeeperClient('zk', { tls: { cert, key: SECRET } }),
    ]) {
      results.push(await failureOf(make));
    }
    await server.close();
    expect(tracesIn(results)).toEqual([]);
  });

  it('is in no line of NODE_DEBUG=zk-recipes, and on no console', async () => {
    const program = `
      import { DataWatch, ZooKeeperClient } from './index.ts';
      import { EmbeddedZooKeeper } from './lib/embedded/index.ts';
      const secret = process.env.SECRET;
      const server = await EmbeddedZooKeeper.start();
      const client = new ZooKeeperClient(server.connectString, { auth: [{ scheme: 'digest', auth: 'user:' + secret }] });
      await client.connect();
      await client.create('/a', secret, { acl: [{ perms: 31, scheme: 'auth', id: '' }] });
      const other = await new ZooKeeperClient(server.connectString).connect();
      const forbidden = new DataWatch(other, '/a', () => {});
      await forbidden.ready.catch(() => {});
      const watch = new DataWatch(client, '/a', (data) => String(data) !== 'end');
      await watch.ready;
      await client.setData('/a', secret + '!');
      await client.setData('/a', 'end');
      console.log(client, other, watch, server);
      await Promise.all([client.close(), other.close()]);
      await server.close();
    `;
    const { code, lines, errors } = await runModule(program, { env: { NODE_DEBUG: 'zk-recipes', SECRET } });
    expect(code).toBe(0);
    expect(errors).toContain('watch:deliver:start data /a');
    expect(lines.join('\n')).toContain('ZooKeeperClient {');
    expect(tracesIn([lines, errors])).toEqual([]);
  });

  it.each<[string[], Record<string, string>?]>([
    [[SECRET]],
    [[`--${SECRET}`]],
    [['set', '/a', 'my', SECRET]],
    [['set', '/a', `-${SECRET}`]],
    [['set', '/a', `--${SECRET}`]],
    [['create', '/a', `--${SECRET}=${SECRET}`]],
    [['create', '/a', '--mode', SECRET]],
    [['create', '/a', SECRET, SECRET]],
    [['set', '/a', 'x', '--version', SECRET]],
    [['get', '/a', '--auth', SECRET]],
    [['get', '/a', `--auth=digest:user:${SECRET}`]],
    [['get', '/a', '--auth', 'digest', '--auth-file', SECRET]],
    [['get', '/a', '--sasl-user', 'user', '--sasl-password-file', SECRET]],
    [
      ['get', '/a', '--sasl-user', 'user', '--timeout', '300'],
      { ZK_RECIPES_CONNECT: '127.0.0.1:1', ZK_RECIPES_SASL_PASSWORD: SECRET },
    ],
    [['get', '/a', '--tls', '--ca', SECRET]],
    [['serve', '--tls', '--cert', SECRET, '--key', SECRET]],
    [['get', '/a', `-p${SECRET}`]],
    [['get', '/a', '--timeout', SECRET]],
    [['get', '/a', '--connect', `user:${SECRET}@zk:2181`]],
    [['get', '/a', '--connect', `zk://user:${SECRET}@zk:2181`]],
    [['get', '/a'], { ZK_RECIPES_CONNECT: `user:${SECRET}@zk:2181` }],
    [['watch', SECRET, '/a']],
    [['watch', 'data', '/a', '--count', SECRET]],
    [['watch', 'settled', '/a', '--boundary', SECRET]],
    [['serve', '--port', SECRET]],
    [['serve', '--port', '0', '--host', `user:${SECRET}@zk`]],
    [['serve', '--tick-time', SECRET]],
    [['serve', SECRET]],
  ])(
    'on the command line is not repeated by the command: %j',
    async (args, env = { ZK_RECIPES_CONNECT: '127.0.0.1:1' }) => {
      await using cli = await CliProcess.run(args, { env });
      expect((await cli.ended).code).toBeGreaterThan(0);
      expect(cli.errors.items[0]).toMatch(/^zk-recipes: /);
      expect(tracesIn([cli.lines.items, cli.errors.items])).toEqual([]);
    },
  );
});
