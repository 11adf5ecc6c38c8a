/** A writer in a process of its own, which kills itself at a step of a put, or is killed by its parent. */
import { ZooKeeperClient } from '../../../index.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { contentOf, IDS, SIZES } from './attacked-content.js';

/** How a writer is to end. */
export interface WriterTask {
  readonly connectString: string;
  readonly name: string;
  /** Counts the writes of this process: it ends at this one. 0: never, by itself. */
  readonly step: number;
  /** Whether it ends before the write is sent, while it is on its way, or when it was answered. */
  readonly when: 'before' | 'sent' | 'answered';
  readonly sessionTimeout: number;
  readonly grace: number;
}

/** A write that was acknowledged, as the process reports it. */
export interface Acknowledged {
  readonly id: string;
  readonly etag: string;
  readonly position: string;
}

const WRITES: ReadonlySet<unknown> = new Set(['create', 'setData', 'delete']);

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** A client that ends the process at a step. */
function mortal(client: ZooKeeperClient, { step, when }: WriterTask): ZooKeeperClient {
  let writes = 0;
  const counted = async <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1;
    const isLast = writes === step;
    if (isLast && when === 'before') die();
    const written = write();
    // The request is sent at the end of the turn.
    if (isLast && when === 'sent') setImmediate(die);
    const answer = await written;
    if (isLast && when === 'answered') die();
    return answer;
  };
  return new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (WRITES.has(key)) return (...args: unknown[]) => counted(() => value.apply(target, args));
      if (key !== 'transaction') return value.bind(target);
      return () => {
        const transaction = target.transaction();
        const commit = transaction.commit.bind(transaction);
        transaction.commit = () => counted(commit);
        return transaction;
      };
    },
  });
}

async function write(task: WriterTask): Promise<void> {
  const { connectString, name, sessionTimeout, grace } = task;
  const client = await new ZooKeeperClient(connectString, { sessionTimeout }).connect();
  process.send?.('connected');
  const blobs = new BlobStorage(mortal(client, task), { ...SIZES, grace });
  for (let count = 0; ; count += 1) {
    const id = IDS[count % IDS.length] as string;
    if (count % 7 === 6) await blobs.delete(id);
    else {
      const { etag, position } = await blobs.put(id, contentOf(name, count));
      process.send?.({ id, etag, position: `${position}` } satisfies Acknowledged);
    }
  }
}

process.once('message', (task) => void write(task as WriterTask));
process.on('disconnect', () => process.exit());
