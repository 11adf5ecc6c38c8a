import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Acl } from '../../../index.js';
import type { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { type InternalOptions, JOURNAL } from '../../../lib/embedded/options.js';
import type { RequestName, RequestRecord } from '../../../testing/raw-messages.js';
import { RawSession } from '../../../testing/raw-session.js';
import { scaled } from '../../../testing/time-factor.js';
import { type EmbeddedFixtures, it } from '../../support/embedded-fixtures.js';
import { readTree } from '../../support/stored-tree.js';
import { newFolder } from './journal/journal-fixture.js';

const SEED = 3;
const RUNS = 25;
const CLIENTS = 3;
const HOUR = 3_600_000n;

type Request = { [N in RequestName]: readonly [name: N, request: RequestRecord<N>] }[RequestName];
type Step =
  | { readonly kind: 'request'; readonly client: number; readonly request: Request }
  | { readonly kind: 'end'; readonly client: number }
  | { readonly kind: 'expire'; readonly client: number }
  | { readonly kind: 'restart' };

const path = fc.constantFrom(
  '/',
  '/a',
  '/a/b',
  '/a/b/c',
  '/d',
  '/d/e',
  '/zookeeper',
  '/zookeeper/own',
  '/zookeeper/config',
);
const data = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
const version = fc.constantFrom(-1, -1, -1, 0, 1);
// All of them allow everybody to read, so that the spec can read the whole tree.
const ACLS: Acl[][] = [
  [{ perms: 31, scheme: 'world', id: 'anyone' }],
  [
    { perms: 1, scheme: 'world', id: 'anyone' },
    { perms: 30, scheme: 'ip', id: '127.0.0.1' },
  ],
  [],
];
const acl = fc.constantFrom(...ACLS);

const create = fc.record({ path, data, acl, flags: fc.constantFrom(0, 0, 1, 2, 3) });
const setData = fc.record({ path, data, version });
const pathAndVersion = fc.record({ path, version });

const multi = fc.array(
  fc.oneof(
    create.map((request) => ({ op: 'create', ...request }) as const),
    setData.map((request) => ({ op: 'setData', ...request }) as const),
    pathAndVersion.map((request) => ({ op: 'delete', ...request }) as const),
    pathAndVersion.map((request) => ({ op: 'check', ...request }) as const),
  ),
  { maxLength: 4 },
);

const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 5, arbitrary: create.map((record) => ['create2', record] as const) },
  { weight: 4, arbitrary: setData.map((record) => ['setData', record] as const) },
  { weight: 3, arbitrary: pathAndVersion.map((record) => ['delete', record] as const) },
  { weight: 2, arbitrary: fc.record({ path, acl, version }).map((record) => ['setAcl', record] as const) },
  { weight: 2, arbitrary: multi.map((record) => ['multi', record] as const) },
  {
    weight: 1,
    arbitrary: create.map((record) => ['createContainer', { ...record, flags: 4 }] as const),
  },
  {
    weight: 1,
    arbitrary: create.map((record) => ['createTtl', { ...record, flags: 5 + (record.flags % 2), ttl: HOUR }] as const),
  },
);

const client = fc.nat(CLIENTS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('request' as const), client, request }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

/** A server on a data folder, with clients whose sessions must survive restarts. */
class PersistentServer {
  readonly #start: EmbeddedFixtures['start'];
  readonly #options: InternalOptions;
  readonly #clients: RawSession[] = [];
  #server: EmbeddedZooKeeper;

  private constructor(start: EmbeddedFixtures['start'], options: InternalOptions, server: EmbeddedZooKeeper) {
    this.#start = start;
    this.#options = options;
    this.#server = server;
  }

  static async start(start: EmbeddedFixtures['start'], transactions: number): Promise<PersistentServer> {
    const snapshotEvery = { transactions, bytes: Number.MAX_SAFE_INTEGER };
    const options: InternalOptions = { dataDir: await newFolder(), [JOURNAL]: { snapshotEvery } };
    const persistent = new PersistentServer(start, options, await start(options));
    for (let index = 0; index < CLIENTS; index += 1)
      persistent.#clients.push(await RawSession.open(persistent.#server.port));
    return persistent;
  }

  async play(step: Step): Promise<void> {
    if (step.kind === 'restart') return this.restart();
    const session = this.#client(step.client);
    if (step.kind === 'request') {
      const [name, record] = step.request;
      await session.request(name, record as RequestRecord<typeof name>);
      return;
    }
    if (step.kind === 'end') await session.close();
    else this.#server.expireSession(session.handshake?.sessionId ?? 0n);
    await session.untilHungUp();
    this.#clients[step.client] = await RawSession.open(this.#server.port);
  }

  /** Restarts the server. The tree must be unchanged, and all clients resume their sessions. */
  async restart(): Promise<void> {
    const { port } = this.#server;
    const before = await readTree(port);
    await this.#server.close();
    this.#server = await this.#start({ ...this.#options, port });
    expect(await readTree(port)).toEqual(before);
    for (const [index, old] of this.#clients.entries()) {
      const { sessionId = 0n, password } = old.handshake ?? {};
      const lastZxid = old.frames.last?.zxid ?? 0n;
      const session = await RawSession.open(port, { sessionId, password: password ?? Buffer.alloc(16), lastZxid });
      expect(session.established).toBe(true);
      this.#clients[index] = session;
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #client(index: number): RawSession {
    const session = this.#clients[index];
    if (!session) throw new Error(`there is no client ${index}`);
    return session;
  }
}

describe('any sequence of requests', () => {
  it(
    'survives a restart with all stats and sessions',
    async ({ start }) => {
      const program = fc.record({
        steps: fc.array(step, { minLength: 10, maxLength: 60 }),
        snapshot: fc.integer({ min: 1, max: 40 }),
      });
      await fc.assert(
        fc.asyncProperty(program, async ({ steps, snapshot }) => {
          const persistent = await PersistentServer.start(start, snapshot);
          try {
            for (const each of steps) await persistent.play(each);
            await persistent.restart();
          } finally {
            await persistent.close();
          }
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
    scaled(60_000),
  );
});
