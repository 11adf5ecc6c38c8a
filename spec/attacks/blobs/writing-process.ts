/** A writer in a process of its own, which kills itself at a step of its writes, or is killed by its parent. */
import { ZooKeeperClient } from '../../../index.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { contentOf, IDS, SIZES, type Step, type WriterEnd } from './attacked-content.js';

/** How a writer is to end. */
export interface WriterTask {
  readonly connectString: string;
  readonly name: string;
  /** `null`: it never ends by itself. */
  readonly end: (WriterEnd & { /** At the first of these writes, or at a later one. */ readonly nth: number }) | null;
  readonly sessionTimeout: number;
  readonly grace: number;
}

/** A write that was acknowledged, as the process reports it. */
export interface Acknowledged {
  readonly id: string;
  readonly etag: string;
  readonly position: string;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** The step of a write; `null` for one of the znodes that all blobs share. */
function stepOf(operation: string, path: string): Step | null {
  const [, , kind, , chunk] = path.split('/');
  if (kind === 'u') return operation === 'create' ? 'marker' : null;
  if (kind === 'r') return operation === 'delete' ? 'receipt' : null;
  if (kind !== 'c' || path.split('/').length < 4) return null;
  if (operation === 'delete') return chunk === undefined ? 'retired generation' : 'retired chunk';
  if (chunk === undefined) return 'generation';
  return chunk === '0' ? 'first chunk' : 'later chunk';
}

/** A client that ends the process at a step. @param commits the step that a transaction is */
function mortal(client: ZooKeeperClient, { end }: WriterTask, commits: () => Step): ZooKeeperClient {
  let writes = 0;
  const counted = async <T>(step: Step | null, write: () => Promise<T>): Promise<T> => {
    if (step === null || step !== end?.step) return write();
    writes += 1;
    // One may fail, as rivals write the same blobs: then it ends at a later one.
    const moment = writes >= end.nth ? end.moment : null;
    if (moment === 'before') die();
    const written = write();
    // The request is sent at the end of the turn.
    if (moment === 'sent') setImmediate(die);
    const answer = await written;
    if (moment === 'answered') die();
    return answer;
  };
  return new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key === 'create' || key === 'delete')
        return (...args: unknown[]) => counted(stepOf(key, `${args[0]}`), () => value.apply(target, args));
      if (key !== 'transaction') return value.bind(target);
      return () => {
        const transaction = target.transaction();
        const commit = transaction.commit.bind(transaction);
        transaction.commit = () => counted(commits(), commit);
        return transaction;
      };
    },
  });
}

async function write(task: WriterTask): Promise<void> {
  const { connectString, name, sessionTimeout, grace } = task;
  const client = await new ZooKeeperClient(connectString, { sessionTimeout }).connect();
  process.send?.('connected');
  let isDeleting = false;
  const mortals = mortal(client, task, () => (isDeleting ? 'deletion' : 'commit'));
  const blobs = new BlobStorage(mortals, { ...SIZES, grace });
  for (let count = 0; ; count += 1) {
    const id = IDS[count % IDS.length] as string;
    isDeleting = count % 7 === 6;
    if (isDeleting) await blobs.delete(id);
    else {
      const { etag, position } = await blobs.put(id, contentOf(name, count));
      process.send?.({ id, etag, position: `${position}` } satisfies Acknowledged);
    }
  }
}

process.once('message', (task) => void write(task as WriterTask));
process.on('disconnect', () => process.exit());
