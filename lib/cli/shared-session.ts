import { AsyncLocalStorage } from 'node:async_hooks';
import type { ZooKeeperClient } from '../../index.js';

/** The session of a prompt, which its commands use in place of one of their own. */
export interface SharedSession {
  readonly connect: string;
  readonly client: ZooKeeperClient;
}

/** Is set while a prompt runs a command. */
export const sharedSession = new AsyncLocalStorage<SharedSession>();
