import { BadVersionError, type DataAndStat, type ZooKeeperClient } from '../../index.js';

export const PREVIOUS_OPTION = { prev: { type: 'boolean', short: 'p', default: false } } as const;

/** The znode that a write replaces. */
interface Replaced {
  readonly path: string;
  /** -1 is any. */
  readonly version: number;
  readonly signal: AbortSignal;
}

/** Writes, and gives the data that was replaced: that of the very version before. */
export async function replacing<T>(
  client: ZooKeeperClient,
  { path, version, signal }: Replaced,
  write: (version: number) => Promise<T>,
): Promise<{ readonly result: T; readonly previous: DataAndStat }> {
  for (;;) {
    signal.throwIfAborted();
    const previous = await client.getData(path);
    try {
      return { result: await write(version === -1 ? previous.stat.version : version), previous };
    } catch (error) {
      // Another client was faster.
      if (version !== -1 || !(error instanceof BadVersionError)) throw error;
    }
  }
}
