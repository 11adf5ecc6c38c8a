import { type Acl, NodeExistsError, type ZooKeeperClient } from '../../index.js';
import { isWithin } from '../../recipes/changes/index.js';
import { childOf, flawOf } from '../core/paths.js';
import { quote } from '../core/validation.js';
import { toAcl } from '../core/znode-arguments.js';
import { COMMAND } from './limits.js';
import { type JsonInput, readJsonLines, toBytes, wrongLine } from './read-lines.js';

/** The part of a client that a load needs. */
type LoadingClient = Pick<ZooKeeperClient, 'create' | 'setAcl' | 'setData'>;

interface LoadingOptions {
  /** The place of the first znode; by default its own path. */
  readonly target: string | undefined;
  /** Says how a znode is treated that exists. */
  readonly existing: 'overwrite' | 'skip' | 'refuse';
  /** Whether access control lists are left out. */
  readonly isOpen: boolean;
  /** Whether missing parents of the first znode are created. */
  readonly makePath: boolean;
}

/** A znode of a dump. */
interface LoadedZnode {
  readonly path: string;
  readonly data: Buffer;
  readonly acl: Acl[] | undefined;
  readonly isEphemeral: boolean;
}

/** Creates znodes from lines of stdin, many at the same time. */
export class Loading {
  readonly #client: LoadingClient;
  readonly #options: LoadingOptions;
  readonly #counts = { created: 0, overwritten: 0, skipped: 0, ephemeral: 0 };
  #root: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(client: LoadingClient, options: LoadingOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The numbers of znodes so far. */
  get counts(): Readonly<{ created: number; overwritten: number; skipped: number; ephemeral: number }> {
    return this.#counts;
  }

  /** @throws the first failure, after all that was begun before has ended */
  async run(signal: AbortSignal): Promise<void> {
    const writes = new Set<Promise<void>>();
    try {
      for await (const input of readJsonLines(signal)) {
        signal.throwIfAborted();
        const isFirst = this.#root === undefined;
        const znode = this.#toZnode(input);
        if (znode.isEphemeral) {
          this.#counts.ephemeral += 1;
          continue;
        }
        // Requests of a session are done in their order, so that a parent is there before its children.
        const write = this.#write(znode, isFirst)
          .catch((error) => {
            this.#failure ??= { error };
          })
          .finally(() => writes.delete(write));
        writes.add(write);
        if (isFirst) await write;
        else if (writes.size >= COMMAND.writesAtOnce) await Promise.race(writes);
        if (this.#failure) break;
      }
    } finally {
      await Promise.all(writes);
    }
    if (this.#failure) throw this.#failure.error;
  }

  toString(): string {
    const { created, overwritten, skipped, ephemeral } = this.#counts;
    const more = [
      ...(overwritten > 0 ? [`${overwritten} overwritten`] : []),
      ...(skipped > 0 ? [`${skipped} left as they were`] : []),
      ...(ephemeral > 0 ? [`${ephemeral} ephemeral left out`] : []),
    ];
    return [`${created} created`, ...more].join(', ');
  }

  async #write({ path, data, acl }: LoadedZnode, isFirst: boolean): Promise<void> {
    const { existing, makePath } = this.#options;
    try {
      await this.#client.create(path, data, { ...(acl && { acl }), makePath: isFirst && makePath });
      this.#counts.created += 1;
    } catch (error) {
      if (!(error instanceof NodeExistsError)) throw error;
      // The root exists always.
      if (existing === 'skip' || (existing === 'refuse' && path === '/')) {
        this.#counts.skipped += 1;
        return;
      }
      if (existing === 'refuse') throw error;
      await this.#client.setData(path, data);
      if (acl) await this.#client.setAcl(path, acl);
      this.#counts.overwritten += 1;
    }
  }

  #toZnode(input: JsonInput): LoadedZnode {
    const { line, fields } = input;
    const flaw = flawOf(fields.path);
    if (flaw !== null) throw wrongLine(line, `path is not a znode path: it ${flaw}`);
    const acl = fields.acl === undefined || this.#options.isOpen ? undefined : aclOf(input);
    return {
      path: this.#place(fields.path as string, line),
      data: toBytes(input),
      acl,
      isEphemeral: isEphemeral(input),
    };
  }

  /** The path below the target. */
  #place(path: string, line: number): string {
    this.#root ??= path;
    const root = this.#root;
    if (!isWithin(root, path)) throw wrongLine(line, `${quote(path)} is not below the first znode, ${quote(root)}`);
    const { target = root } = this.#options;
    const rest = path.slice(childOf(root, '').length);
    return rest === '' ? target : childOf(target, rest);
  }
}

function aclOf({ line, fields }: JsonInput): Acl[] {
  try {
    return [...toAcl(fields.acl)];
  } catch (error) {
    throw wrongLine(line, (error as Error).message);
  }
}

function isEphemeral({ line, fields }: JsonInput): boolean {
  const { stat } = fields;
  if (stat === undefined || stat === null) return false;
  const { ephemeralOwner = '0' } = stat as { ephemeralOwner?: unknown };
  if (typeof ephemeralOwner === 'string' && /^-?\d{1,20}$/.test(ephemeralOwner)) return ephemeralOwner !== '0';
  throw wrongLine(line, 'ephemeralOwner of stat must be a decimal number in a string');
}
