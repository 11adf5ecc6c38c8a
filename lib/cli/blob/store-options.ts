import type { ClientState, StateChange } from '../../../index.js';
import { validateBlobId } from '../../../recipes/blobs/faces.js';
import { BlobStorage, type BlobStore } from '../../../recipes/blobs/index.js';
import { RemoteBlobStorage } from '../../../recipes/remote/index.js';
import { orUsageError, SERVER_OPTIONS, type ServerValues, toPath, toServerArguments } from '../arguments.js';
import { GATEWAY_OPTIONS, type GatewayValues, toGatewayArguments } from '../gateway-options.js';
import { stderrLogger } from '../stderr.js';
import { withClient } from '../with-client.js';
import { withEnds } from '../with-ends.js';

/** The options about the storage of the commands for blobs. */
export const STORE_OPTIONS = { ...SERVER_OPTIONS, ...GATEWAY_OPTIONS, root: { type: 'string' } } as const;

/** The values of {@link STORE_OPTIONS}. */
export type StoreValues = ServerValues & GatewayValues & { readonly root?: string };

/** The work of a command with its storage. The signal aborts when the command ends early. */
export type StoreWork<S> = (store: S, signal: AbortSignal) => Promise<void>;

/** Does the work with the blobs of a gateway, or with those below a znode. Returns the exit code. */
export async function withStore(
  values: StoreValues,
  work: StoreWork<BlobStore>,
  onState?: (state: ClientState, change: StateChange) => void,
): Promise<number> {
  const gateway = await toGatewayArguments(values, ['root', 'states']);
  if (!gateway) return withStorage(values, work, onState);
  const { url, headers, timeout } = gateway;
  const store = new RemoteBlobStorage(url, { headers, logger: stderrLogger });
  return withEnds(
    async (ends) => {
      if (timeout !== undefined) ends.after(timeout, timeout);
      await ends.before(work(store, ends.signal));
    },
    () => store.close(),
  );
}

/** Does the work with the blobs below a znode. Returns the exit code. */
export async function withStorage(
  values: ServerValues & { readonly root?: string },
  work: StoreWork<BlobStorage>,
  onState?: (state: ClientState, change: StateChange) => void,
): Promise<number> {
  const root = values.root === undefined ? {} : { root: toPath(values.root) };
  const servers = await toServerArguments(values);
  return withClient(servers, (client, signal) => work(new BlobStorage(client, root), signal), onState && { onState });
}

/** Checks that a blob can have the id. */
export function toBlobId(id = ''): string {
  orUsageError(() => validateBlobId(id));
  return id;
}

/** An etag as the command prints it, or with the quotes of the header. */
export function toEtag(text: string | undefined): string | undefined {
  return text?.replace(/^"(.*)"$/, '$1');
}
