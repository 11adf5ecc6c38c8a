import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { ZnodeRead } from '../../../index.js';
import { ConnectionLossError, ReplyTooLargeError, ZooKeeperError } from '../../../lib/core/errors.js';
import { JuteReader } from '../../../lib/protocol/jute.js';
import { pathAndWatchRecord } from '../../../lib/protocol/messages.js';
import { multiRecord } from '../../../lib/protocol/multi.js';
import { RECORD_OFFSET, type WireRequest } from '../../../lib/protocol/requests.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { serverError } from '../../../lib/protocol/server-error.js';
import { type ReadOperations, readMany } from '../../../lib/zookeeper/read-many.js';
import { Chroot } from '../../../lib/zookeeper/session/chroot.js';
import { holds } from './holds.js';

/**
 * A znode of the model: its size, whether it has no children, the error of its reads, and how often its parts are found
 * in different states.
 */
interface Modelled {
  readonly size: number;
  readonly isLeaf: boolean;
  readonly error: number;
  readonly changes: number;
}

interface World {
  readonly znodes: readonly Modelled[];
  readonly asked: readonly number[];
  readonly chroot: string;
  readonly maxRequestSize: number;
  readonly maxReplySize: number;
  /** Whether the server of a turn knows MultiRead; in turn. */
  readonly isKnown: readonly boolean[];
}

const LARGEST = 4_000;

const world: fc.Arbitrary<World> = fc
  .record({
    znodes: fc.array(
      fc.record({
        size: fc.oneof({ weight: 4, arbitrary: fc.nat(200) }, fc.nat(LARGEST)),
        isLeaf: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
        error: fc.constantFrom(0, 0, 0, 0, ServerCode.NO_NODE, ServerCode.NO_AUTH),
        changes: fc.constantFrom(0, 0, 0, 0, 1, 2),
      }),
      { minLength: 1, maxLength: 60, size: 'max' },
    ),
    chroot: fc.constantFrom('', '/root'),
    maxRequestSize: fc.integer({ min: 40, max: 3_000 }),
    maxReplySize: fc.integer({ min: 100, max: 3 * LARGEST }),
    isKnown: fc.oneof(fc.constant([true]), fc.array(fc.boolean(), { minLength: 1, maxLength: 5 })),
  })
  .chain((each) =>
    fc.array(fc.nat(each.znodes.length - 1), { maxLength: 300, size: 'max' }).map((asked) => ({ ...each, asked })),
  );

const STAT = {
  ...{ czxid: 1n, mzxid: 1n, pzxid: 1n, ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0 },
  ...{ ephemeralOwner: 0n, dataLength: 0, numChildren: 0 },
};

const found = (path: string, isLeaf: boolean): ZnodeRead => ({
  data: Buffer.from(path),
  stat: { ...STAT, numChildren: isLeaf ? 0 : 1 },
  children: isLeaf ? [] : [path.slice(1)],
});

/** Answers as a client does whose server has the modelled znodes. */
class Model implements ReadOperations {
  readonly chroot: Chroot;
  readonly maxRequestSize: number;
  readonly #world: World;
  readonly #changes: number[];
  #turn = 0;

  constructor(given: World) {
    this.chroot = new Chroot(given.chroot);
    this.maxRequestSize = given.maxRequestSize;
    this.#world = given;
    this.#changes = given.znodes.map(({ changes }) => changes);
  }

  async read<T>(wire: WireRequest<T>, path: string): Promise<T> {
    const { maxReplySize, isKnown } = this.#world;
    const tooLarge = (): never => {
      throw new ReplyTooLargeError(`the reply about ${path} is too large`, { path });
    };
    if (wire.name !== 'multiRead') {
      const asked = pathAndWatchRecord.read(new JuteReader(wire.frame, RECORD_OFFSET)).path;
      const { size, isLeaf, error } = this.#find(asked);
      if (error !== 0) throw serverError(error, wire.name, path);
      if (wire.name === 'getData' && size > maxReplySize) tooLarge();
      return found(this.chroot.relative(asked), isLeaf) as T;
    }
    expect(wire.frame.length - 4).toBeLessThanOrEqual(this.maxRequestSize);
    this.#turn += 1;
    if (!isKnown[this.#turn % isKnown.length]) throw serverError(ServerCode.UNIMPLEMENTED, wire.name, path);
    const operations = multiRecord.read(new JuteReader(wire.frame, RECORD_OFFSET));
    const paths = operations.flatMap((operation) => (operation.op === 'getData' ? [operation.path] : []));
    const isOfLeaves = operations.length === paths.length;
    if (!isOfLeaves) expect(operations).toHaveLength(2 * paths.length);
    const bytes = paths.reduce((sum, each) => sum + this.#find(each).size, 0);
    if (bytes > maxReplySize) tooLarge();
    return { outcomes: paths.map((each) => this.#outcomeOf(each, isOfLeaves)), bytes } as T;
  }

  #outcomeOf(absolute: string, isOfLeaves: boolean): ZnodeRead | number | null {
    const { error, isLeaf } = this.#find(absolute);
    if (error !== 0) return error;
    // One read is of one state.
    if (isOfLeaves) return isLeaf ? found(this.chroot.relative(absolute), isLeaf) : null;
    const index = indexOf(absolute);
    if ((this.#changes[index] ?? 0) === 0) return found(this.chroot.relative(absolute), isLeaf);
    this.#changes[index] = (this.#changes[index] ?? 0) - 1;
    return null;
  }

  #find(absolute: string): Modelled {
    expect(absolute.startsWith(`${this.#world.chroot}/n`)).toBe(true);
    return this.#world.znodes[indexOf(absolute)] ?? expect.fail(`asked for ${absolute}`);
  }
}

const indexOf = (path: string): number => Number(/\d+$/.exec(path)?.[0]);

/** The result for a path, as text. */
function describeResult(result: ZnodeRead | ZooKeeperError | undefined): string {
  if (result === undefined) return 'nothing';
  return result instanceof ZooKeeperError ? `${result.code} ${result.path}` : `${result.data} ${result.children}`;
}

describe('reading many znodes', () => {
  holds(
    'gives each its own result in its place, whatever the sizes, the limits and the servers',
    world,
    async (given) => {
      const paths = given.asked.map((index) => `/n${index}`);
      const results = await readMany(new Model(given), paths);
      const expected = given.asked.map((index) => {
        const { size, isLeaf, error } = given.znodes[index] as Modelled;
        const path = `/n${index}`;
        if (error !== 0) return `${serverError(error, 'readMany', path).code} ${path}`;
        return size > given.maxReplySize ? `REPLY_TOO_LARGE ${path}` : describeResult(found(path, isLeaf));
      });
      expect(results.map(describeResult)).toEqual(expected);
    },
  );

  holds('rejects with the failure of a request, whichever it is', fc.tuple(world, fc.nat(20)), async ([given, nth]) => {
    const paths = given.asked.map((index) => `/n${index}`);
    const model = new Model(given);
    let requests = 0;
    const failing: ReadOperations = {
      chroot: model.chroot,
      maxRequestSize: model.maxRequestSize,
      read: async (wire, path) => {
        requests += 1;
        if (requests === nth) throw new ConnectionLossError('cut', { path });
        return model.read(wire, path);
      },
    };
    const outcome = await readMany(failing, paths).then(
      () => 'done',
      ({ code }) => code,
    );
    expect(outcome).toBe(nth > 0 && requests >= nth ? 'CONNECTION_LOSS' : 'done');
  });
});
