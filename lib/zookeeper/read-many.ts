import type { ChildrenAndStat, DataAndStat, ZnodeRead } from '../core/coordination-client.js';
import { codeOf, InvalidPathError, isRetryable, ZooKeeperError } from '../core/errors.js';
import { CLIENT } from '../core/limits.js';
import { validatePath } from '../core/paths.js';
import { isSliceOver, nextSlice } from '../core/slices.js';
import { invalid, validateBoolean, validateOptions } from '../core/validation.js';
import type { ReadOutcome, ReadParts } from '../protocol/read-outcomes.js';
import { getChildrenRequest, getDataRequest, multiReadRequest, type WireRequest } from '../protocol/requests.js';
import { serverError, serverErrorOf } from '../protocol/server-error.js';
import { BatchSize } from './batch-size.js';
import type { Chroot } from './session/chroot.js';
import type { OptionalOperation } from './session/optional-operations.js';

const { firstZnodes, mostZnodes, requestsInFlight, singlesAtOnce, rounds, pathsAtOnce, leavesWorthwhile } =
  CLIENT.readMany;

/** The operations of a client that reads of many znodes need. */
export interface ReadOperations {
  readonly chroot: Chroot;
  /** In bytes. */
  readonly maxRequestSize: number;
  /**
   * Reads, again on connection loss.
   *
   * @param optional the operation, if servers may lack it: at one that is known to, nothing is sent, and the promise
   * rejects with UNIMPLEMENTED
   */
  read<T>(wire: WireRequest<T>, path: string, optional?: OptionalOperation): Promise<T>;
}

/** The result for one znode. */
type ReadResult = ZnodeRead | ZooKeeperError;

const NO_DATA = Buffer.alloc(0);

/** Reads many znodes in requests of many reads, or in single reads where that is asked for or the server lacks them. */
export async function readMany(
  client: ReadOperations,
  paths: readonly string[],
  options?: { readonly data?: boolean; readonly leaves?: boolean },
): Promise<ReadResult[]> {
  if (!Array.isArray(paths)) throw invalid('paths', paths, 'an array of paths');
  validateOptions('options', options, ['data', 'leaves']);
  const { data = true, leaves = false } = options ?? {};
  validateBoolean('data', data);
  validateBoolean('leaves', leaves);
  const copy = [...paths];
  for (let index = 0; index < copy.length; index += 1) {
    if (index % pathsAtOnce === 0 && isSliceOver()) await nextSlice();
    validateEntry(copy[index], index);
  }
  return new ReadMany(client, copy, data, leaves).run();
}

/** Text of another kind may be a secret, and is named by its place alone. */
function validateEntry(path: unknown, index: number): void {
  if (typeof path !== 'string' || path.startsWith('/')) return validatePath(path);
  throw new InvalidPathError(`paths[${index}] is not a znode path: it must start with "/"`);
}

/** One call of readMany(). */
class ReadMany {
  readonly #client: ReadOperations;
  readonly #paths: readonly string[];
  readonly #results: ReadResult[];
  readonly #hasData: boolean;
  readonly #size: BatchSize;
  /** Whether znodes are first read as leaves: most of those in the last reply were. */
  #expectsLeaves: boolean;
  /** Znodes that were read as leaves, and have children. */
  readonly #parents: number[] = [];
  /** Znodes whose data and children came from different states. */
  #contradictory: number[] = [];
  #hasFailed = false;

  constructor(client: ReadOperations, paths: readonly string[], hasData: boolean, expectsLeaves: boolean) {
    this.#client = client;
    this.#paths = paths;
    this.#results = new Array(paths.length);
    this.#hasData = hasData;
    this.#expectsLeaves = expectsLeaves;
    this.#size = new BatchSize(expectsLeaves ? mostZnodes : firstZnodes);
  }

  async run(): Promise<ReadResult[]> {
    await this.#read(this.#paths.map((_path, index) => index));
    await this.#read(this.#parents, 'all');
    for (let round = 1; this.#contradictory.length > 0; round += 1) {
      const indices = this.#contradictory;
      this.#contradictory = [];
      if (round < rounds) await this.#read(indices, 'all');
      else for (const index of indices) this.#results[index] = unsteady(this.#paths[index] as string);
    }
    return this.#results;
  }

  /**
   * Reads these, several requests at once. Rejects with the first failure, and begins nothing after it.
   *
   * @param parts by default those that most znodes have
   */
  async #read(indices: readonly number[], parts?: ReadParts): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < indices.length && !this.#hasFailed) {
        const from = next;
        next += this.#hasData ? this.#size.znodes : SINGLES_OF_WORKER;
        const batch = indices.slice(from, next);
        await (this.#hasData ? this.#readTogether(batch, parts) : this.#readSingly(batch));
      }
    };
    const worker = (): Promise<void> =>
      work().catch((error) => {
        this.#hasFailed = true;
        throw error;
      });
    await Promise.all(Array.from({ length: requestsInFlight }, worker));
  }

  /** Reads these by one request, unless it or its reply is too large. */
  async #readTogether(batch: readonly number[], asked?: ReadParts): Promise<void> {
    const client = this.#client;
    const parts = asked ?? (this.#expectsLeaves ? 'of leaves' : 'all');
    const paths = batch.map((index) => this.#paths[index] as string);
    const wire = multiReadRequest(
      paths.map((path) => client.chroot.absolute(path)),
      parts,
    );
    if (wire.frame.length - LENGTH_FIELD > client.maxRequestSize) return this.#readApart(batch, asked);
    try {
      const { outcomes, bytes } = await client.read(wire, paths[0] as string, 'multiRead');
      if (isSliceOver()) await nextSlice();
      this.#size.replied(batch.length, bytes);
      this.#keep(batch, outcomes, parts === 'all' ? this.#contradictory : this.#parents);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'UNIMPLEMENTED') return this.#readSingly(batch);
      if (code !== 'REPLY_TOO_LARGE') throw error;
      await this.#readApart(batch, asked);
    }
  }

  /** @param again takes the znodes that have to be read again */
  #keep(batch: readonly number[], outcomes: readonly ReadOutcome[], again: number[]): void {
    let leaves = 0;
    for (let nth = 0; nth < outcomes.length; nth += 1) {
      const outcome = outcomes[nth] as ReadOutcome;
      const index = batch[nth] as number;
      if (outcome === null) {
        again.push(index);
        continue;
      }
      const isError = typeof outcome === 'number';
      if (isError || outcome.children.length === 0) leaves += 1;
      this.#results[index] = isError ? this.#refused(index, outcome) : outcome;
    }
    // Others are read twice.
    this.#expectsLeaves = leaves > batch.length * leavesWorthwhile;
  }

  /** Reads the halves one after the other, and a single znode by single reads. */
  async #readApart(batch: readonly number[], parts?: ReadParts): Promise<void> {
    if (batch.length === 1) return this.#readSingly(batch);
    const middle = batch.length >> 1;
    this.#size.limit(middle);
    await this.#readTogether(batch.slice(0, middle), parts);
    await this.#readTogether(batch.slice(middle), parts);
  }

  /** Reads each by requests of its own. */
  async #readSingly(batch: readonly number[]): Promise<void> {
    for (let from = 0; from < batch.length; from += SINGLES_OF_WORKER) {
      if (this.#hasFailed) return;
      await Promise.all(batch.slice(from, from + SINGLES_OF_WORKER).map((index) => this.#readOne(index)));
    }
  }

  async #readOne(index: number): Promise<void> {
    const path = this.#paths[index] as string;
    const absolute = this.#client.chroot.absolute(path);
    const [found, listed] = await Promise.all([
      this.#hasData ? this.#readPart(getDataRequest(absolute, false), path) : null,
      this.#readPart(getChildrenRequest(absolute, false), path),
    ]);
    if (found instanceof ZooKeeperError) this.#results[index] = found;
    else if (listed instanceof ZooKeeperError) this.#results[index] = listed;
    else if (found && !isOneState(found, listed)) this.#contradictory.push(index);
    else this.#results[index] = { data: found?.data ?? NO_DATA, stat: listed.stat, children: listed.children };
  }

  /** The error where it is one of this znode alone. */
  #readPart<T extends DataAndStat | ChildrenAndStat>(wire: WireRequest<T>, path: string): Promise<T | ZooKeeperError> {
    return this.#client.read(wire, path).catch((error) => {
      const isOfZnode = error instanceof ZooKeeperError && (error.serverCode !== undefined || OF_ZNODE.has(error.code));
      if (isOfZnode && !isRetryable(error)) return error;
      throw error;
    });
  }

  #refused(index: number, error: number): ZooKeeperError {
    return serverError(error, 'readMany', this.#paths[index] as string);
  }
}

/** Single reads that one of the workers has in flight. */
const SINGLES_OF_WORKER = Math.ceil(singlesAtOnce / requestsInFlight);

const LENGTH_FIELD = 4;

/** Of errors without a server's number: the path or the znode is too large for a request or a reply. */
const OF_ZNODE: ReadonlySet<string> = new Set(['REPLY_TOO_LARGE', 'INVALID_ARGUMENT']);

function isOneState({ stat }: DataAndStat, { stat: other }: ChildrenAndStat): boolean {
  return stat.czxid === other.czxid && stat.mzxid === other.mzxid && stat.pzxid === other.pzxid;
}

function unsteady(path: string): ZooKeeperError {
  const message = `readMany ${path}: in each of ${rounds} rounds the znode changed between the reads of its parts`;
  return serverErrorOf('DATA_INCONSISTENCY', message, { path });
}
