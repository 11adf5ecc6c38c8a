/** Claims about the types of the options. Compiling is the test: `npm run types`. */
import { expectTypeOf } from 'vitest';
import {
  type Acl,
  type ChangeFilter,
  ChildrenWatch,
  type ChildrenWatchOptions,
  type ConnectOptions,
  type CreateOptions,
  type DataWatchOptions,
  type PatientChildrenWatchOptions,
  type PatientStartOptions,
  type RetryPolicy,
  type SubscribeOptions,
  type TreeWatchOptions,
  ZooKeeperClient,
  type ZooKeeperClientOptions,
} from '../../index.js';
import type { EmbeddedZooKeeperOptions } from '../../lib/embedded/index.js';
import type { BlobHandlerOptions, EventGatewayOptions } from '../../lib/http/index.js';
import type { BlobStorageOptions, BlobWatchOptions, PutOptions } from '../../recipes/blobs/index.js';
import type { GetNewEventsOptions, PollEventsOptions, PollerOptions } from '../../recipes/pollers/index.js';
import type { RemoteBlobStorageOptions, RemoteSubscribeOptions } from '../../recipes/remote/index.js';

/** The options that a user passes on, each of which may be missing. */
type PassedOn<T> = { [K in keyof T]: T[K] | undefined };

// An option that is undefined is one that was not given, under exactOptionalPropertyTypes too.
expectTypeOf<PassedOn<ZooKeeperClientOptions>>().toExtend<ZooKeeperClientOptions>();
expectTypeOf<PassedOn<ConnectOptions>>().toExtend<ConnectOptions>();
expectTypeOf<PassedOn<RetryPolicy>>().toExtend<RetryPolicy>();
expectTypeOf<PassedOn<CreateOptions>>().toExtend<CreateOptions>();
expectTypeOf<PassedOn<DataWatchOptions>>().toExtend<DataWatchOptions>();
expectTypeOf<PassedOn<ChildrenWatchOptions>>().toExtend<ChildrenWatchOptions>();
expectTypeOf<PassedOn<PatientChildrenWatchOptions>>().toExtend<PatientChildrenWatchOptions>();
expectTypeOf<PassedOn<PatientStartOptions>>().toExtend<PatientStartOptions>();
expectTypeOf<PassedOn<TreeWatchOptions>>().toExtend<TreeWatchOptions>();
expectTypeOf<PassedOn<SubscribeOptions>>().toExtend<SubscribeOptions>();
expectTypeOf<PassedOn<ChangeFilter>>().toExtend<ChangeFilter>();
expectTypeOf<PassedOn<EmbeddedZooKeeperOptions>>().toExtend<EmbeddedZooKeeperOptions>();
expectTypeOf<PassedOn<BlobHandlerOptions>>().toExtend<BlobHandlerOptions>();
expectTypeOf<PassedOn<EventGatewayOptions>>().toExtend<EventGatewayOptions>();
expectTypeOf<PassedOn<BlobStorageOptions>>().toExtend<BlobStorageOptions>();
expectTypeOf<PassedOn<BlobWatchOptions>>().toExtend<BlobWatchOptions>();
expectTypeOf<PassedOn<PutOptions>>().toExtend<PutOptions>();
expectTypeOf<PassedOn<PollerOptions>>().toExtend<PollerOptions>();
expectTypeOf<PassedOn<GetNewEventsOptions>>().toExtend<GetNewEventsOptions>();
expectTypeOf<PassedOn<PollEventsOptions>>().toExtend<PollEventsOptions>();
expectTypeOf<PassedOn<RemoteBlobStorageOptions>>().toExtend<RemoteBlobStorageOptions>();
expectTypeOf<PassedOn<RemoteSubscribeOptions>>().toExtend<RemoteSubscribeOptions>();

const client = new ZooKeeperClient('127.0.0.1:2181', { auth: [{ scheme: 'digest', auth: 'a:b' }] as const });
const retrying: { signal: AbortSignal | undefined } = { signal: undefined };
client.retry(async () => 1, {}, retrying);
new ChildrenWatch(client, '/a', (children) => expectTypeOf(children).toEqualTypeOf<string[]>(), {
  waitForNode: undefined,
});

// The lists that a program keeps as constants are taken as they are.
const acl = [{ perms: 31, scheme: 'auth', id: '' }] as const satisfies readonly Acl[];
client.create('/a', '', { acl });
client.setAcl('/a', acl);
