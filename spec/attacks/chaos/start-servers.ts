import { ChaosTls } from './chaos-tls.js';
import { EmbeddedServers } from './embedded-servers.js';
import { EnsembleServers } from './ensemble-servers.js';
import type { Servers } from './servers.js';

/** The servers of a run. */
export interface ServerOptions {
  readonly servers: 'real' | 'embedded';
  /** Whether all clients connect over TLS, with certificates that the servers demand. Default: no TLS. */
  readonly isSecure?: boolean;
}

/**
 * Starts servers, with a proxy in front of each.
 *
 * @param secrets words that no proxy may see over TLS
 */
export async function startServers(options: ServerOptions, secrets: readonly string[]): Promise<Servers> {
  const { servers, isSecure = false } = options;
  const kind = servers === 'real' ? EnsembleServers : EmbeddedServers;
  if (!isSecure) return kind.start(null, {});
  const tls = await ChaosTls.create();
  try {
    return await kind.start(tls, { secrets });
  } catch (error) {
    await tls[Symbol.asyncDispose]();
    throw error;
  }
}
