/** Claims about the public types. Compiling is the test: `npm run types`. */
import { expectTypeOf } from 'vitest';
import {
  ChildrenWatch,
  type ClientState,
  type CoordinationClient,
  DataWatch,
  NoNodeError,
  PatientChildrenWatch,
  type SettledChildren,
  type Stat,
  type StopReason,
  type Transaction,
  type WatchedEvent,
  ZooKeeperClient,
  ZooKeeperError,
} from '../../index.js';

const client = new ZooKeeperClient('127.0.0.1:2181');

expectTypeOf(client).toExtend<CoordinationClient>();
expectTypeOf(client).toExtend<AsyncDisposable>();
expectTypeOf(client.connect()).resolves.toEqualTypeOf<ZooKeeperClient>();
expectTypeOf(client.sessionId).toEqualTypeOf<bigint | null>();
expectTypeOf(client.exists('/a')).resolves.toEqualTypeOf<Stat | null>();
expectTypeOf(client.getData('/a')).resolves.toHaveProperty('data').toEqualTypeOf<Buffer>();
expectTypeOf(client.transaction().create('/a').check('/b', 0)).toEqualTypeOf<Transaction>();
expectTypeOf(client.retry(async () => 1)).resolves.toEqualTypeOf<number>();
client.on('state', (state) => expectTypeOf(state).toEqualTypeOf<ClientState>());
// @ts-expect-error there is no such event
client.on('connected', () => {});
// @ts-expect-error a path is a string
client.getData(1);
// @ts-expect-error a mode is one of five
client.create('/a', '', { mode: 'forever' });

const watch = new DataWatch(client, '/a', (data, stat, event) => {
  expectTypeOf(data).toEqualTypeOf<Buffer | null>();
  expectTypeOf(stat).toEqualTypeOf<Stat | null>();
  expectTypeOf(event).toEqualTypeOf<WatchedEvent | null>();
});
expectTypeOf(watch).toExtend<Disposable>();
expectTypeOf(watch.ready).resolves.toBeVoid();
expectTypeOf(watch.register(() => {})).toEqualTypeOf<DataWatch>();
watch.on('stop', (reason) => expectTypeOf(reason).toEqualTypeOf<StopReason>());
new DataWatch(client, '/a', null, { signal: AbortSignal.abort() });
new DataWatch(client, '/a', { signal: AbortSignal.abort() });
new DataWatch(client, '/a', async () => false);

new ChildrenWatch(client, '/a', (children, event) => {
  expectTypeOf(children).toEqualTypeOf<string[]>();
  expectTypeOf(event).toEqualTypeOf<WatchedEvent | null>();
});
new ChildrenWatch(client, '/a', (children) => void expectTypeOf(children).toEqualTypeOf<string[] | null>(), {
  waitForNode: true,
});
// @ts-expect-error a watch that waits for its znode calls with null
new ChildrenWatch(client, '/a', (children: string[]) => children.length, { waitForNode: true });
// @ts-expect-error the same of a function that comes later
new ChildrenWatch(client, '/a', { waitForNode: true }).register((children: string[]) => children.length);
new ChildrenWatch(client, '/a').register((children) => expectTypeOf(children).toEqualTypeOf<string[]>());

expectTypeOf(new PatientChildrenWatch(client, '/a').start()).resolves.toEqualTypeOf<SettledChildren>();
expectTypeOf<SettledChildren['changed']>().resolves.toEqualTypeOf<WatchedEvent | null>();

expectTypeOf<NoNodeError>().toExtend<ZooKeeperError>();
expectTypeOf(new NoNodeError('gone', { path: '/a' }).path).toEqualTypeOf<string | undefined>();
expectTypeOf(new ZooKeeperError('UNKNOWN', 'what').code).toExtend<string>();
