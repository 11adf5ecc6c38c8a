import fc from 'fast-check';
import type { Acl } from '../../../../lib/core/coordination-client.js';
import type { MultiOperation } from '../../../../lib/protocol/multi.js';
import { digestOf, IDENTITIES } from './identities.js';
import type { AnyRequest } from './program.js';

/** Few paths, so that operations affect each other. */
const PATHS = ['~/a', '~/a/b', '~/a/b/c', '~/e', '~/s0000000000', '~/a/s0000000001'];
/** Paths outside of the program's znode, or the znode itself: a sequential create would leave znodes elsewhere. */
const FIXED = ['~', '/', '/zookeeper', '/zookeeper/config', '/zookeeper/quota', ''];
const STRANGE = ['a', '~/', '~/a/', '~/a//b', '~/a/.', '~/../a', '~/a\0b', '~/a/\u0001', '~/\u00e4', '~/a/\ud7ff'];

const own = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...PATHS) }, fc.constantFrom(...STRANGE));
const fixed = fc.constantFrom(...FIXED);
/** Without the root, below which other programs have left znodes. */
const belowRoot = fc.oneof({ weight: 4, arbitrary: own }, fc.constantFrom('~', '/zookeeper', '/zookeeper/quota'));
const path = fc.oneof({ weight: 14, arbitrary: own }, { weight: 2, arbitrary: fixed });

const data = fc.constantFrom(Buffer.from('x'), Buffer.from('yy'), Buffer.alloc(0), null);
const version = fc.oneof(
  { weight: 5, arbitrary: fc.constant(-1) },
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2) },
  fc.constantFrom(7, -2, 2 ** 31 - 1),
);
/** Versions that no znode has. */
const noVersion = fc.constantFrom(77, -2);

const entry = (perms: number, scheme: string, id: string): Acl => ({ perms, scheme, id });
const EVERYBODY = entry(31, 'world', 'anyone');
const ids = fc.oneof(
  { weight: 3, arbitrary: fc.constant(['world', 'anyone'] as const) },
  { weight: 2, arbitrary: fc.constant(['auth', ''] as const) },
  { weight: 2, arbitrary: fc.constantFrom(...IDENTITIES.map((identity) => ['digest', digestOf(identity)] as const)) },
  fc.constantFrom(['ip', '127.0.0.1'] as const, ['ip', '127.0.0.0/8'] as const, ['ip', '10.0.0.0/8'] as const),
);
const badIds = fc.constantFrom(
  ...[['world', 'nobody'] as const, ['digest', 'nocolon'] as const, ['digest', 'a:b:c'] as const],
  ...[['ip', 'localhost'] as const, ['ip', '127.0.0.1/33'] as const, ['nosuch', 'x'] as const, ['', ''] as const],
);
const perms = fc.oneof({ weight: 3, arbitrary: fc.constant(31) }, fc.integer({ min: 0, max: 31 }), fc.constant(-1));
const aclEntry = fc
  .tuple(perms, fc.oneof({ weight: 9, arbitrary: ids }, badIds))
  .map(([bits, [scheme, id]]) => entry(bits, scheme, id));
const acl: fc.Arbitrary<Acl[]> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Acl[]>([EVERYBODY]) },
  { weight: 3, arbitrary: fc.array(aclEntry, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom<Acl[]>([], [EVERYBODY, EVERYBODY]) },
);

const Flags = { ephemeral: 1, ephemeralSequential: 3, ttl: 5, ttlSequential: 6 };
const flags = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4) }, fc.constantFrom(5, 6, 7, -3));
const ttlFlags = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(5, 6) }, flags);
const ttl = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(100_000_000n, 0xff_ffff_ffffn) },
  fc.constantFrom(0n, -1n, 0x100_0000_0000n, -(2n ** 63n)),
);

const creation = fc.oneof(
  { weight: 12, arbitrary: fc.record({ path: own, data, acl, flags }) },
  fc.record({ path: fixed, data, acl, flags: fc.constantFrom(0, 1) }),
);
const ttlCreation = fc.oneof(
  { weight: 12, arbitrary: fc.record({ path: own, data, acl, flags: ttlFlags, ttl }) },
  fc.record({ path: fixed, data, acl, flags: fc.constant(5), ttl }),
);
/** Never changes the root and the predefined znodes. */
const changes = fc.oneof(
  { weight: 12, arbitrary: fc.record({ path: own, version }) },
  fc.record({ path: fixed, version: noVersion }),
);
const deletion = fc.record({ path, version });
const check = fc.record({ path, version });
/** The real server never answers a check that succeeds outside of a multi. */
const failingCheck = fc.record({ path, version: noVersion });
const watch = fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, fc.constant(false));
const reading = fc.record({ path, watch });
const paths = fc.array(path, { maxLength: 3 });
const relativeZxid = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.constantFrom(-1n, 1_000_000n));

type Name = AnyRequest['name'];
type RecordOf<N extends Name> = Extract<AnyRequest, { name: N }>['record'];

function request<N extends Name>(name: N, record: fc.Arbitrary<RecordOf<N>>): fc.Arbitrary<AnyRequest> {
  return record.map((made) => ({ name, record: made }) as AnyRequest);
}

const setData = fc.tuple(changes, data).map(([change, bytes]) => ({ ...change, data: bytes }));
const setAcl = fc.tuple(changes, acl).map(([change, entries]) => ({ ...change, acl: entries }));

function operation(op: MultiOperation['op'], record: fc.Arbitrary<object>): fc.Arbitrary<MultiOperation> {
  return record.map((made) => ({ op, ...made }) as MultiOperation);
}

const multiWrite = fc.oneof(
  { weight: 3, arbitrary: operation('create', creation) },
  { weight: 2, arbitrary: operation('create2', creation) },
  { weight: 1, arbitrary: operation('createContainer', creation) },
  { weight: 1, arbitrary: operation('createTtl', ttlCreation) },
  { weight: 3, arbitrary: operation('delete', deletion) },
  { weight: 3, arbitrary: operation('setData', setData) },
  { weight: 2, arbitrary: operation('check', check) },
);
const multiReading = fc.oneof(operation('getData', reading), operation('getChildren', reading));
const multiWrites = fc.array(fc.oneof({ weight: 30, arbitrary: multiWrite }, multiReading), { maxLength: 5 });
const multiReads = fc.array(fc.oneof({ weight: 20, arbitrary: multiReading }, multiWrite), { maxLength: 5 });

/** Any request but closeSession. */
export const anyRequest: fc.Arbitrary<AnyRequest> = fc.oneof(
  { weight: 10, arbitrary: request('create', creation) },
  { weight: 6, arbitrary: request('create2', creation) },
  { weight: 3, arbitrary: request('createContainer', creation) },
  { weight: 2, arbitrary: request('createTtl', ttlCreation.map(withoutCrash)) },
  { weight: 9, arbitrary: request('delete', deletion) },
  { weight: 8, arbitrary: request('setData', setData) },
  { weight: 4, arbitrary: request('setAcl', setAcl) },
  { weight: 2, arbitrary: request('getAcl', fc.record({ path })) },
  { weight: 5, arbitrary: request('exists', reading) },
  { weight: 5, arbitrary: request('getData', reading) },
  { weight: 4, arbitrary: request('getChildren', reading) },
  { weight: 3, arbitrary: request('getChildren2', reading) },
  { weight: 1, arbitrary: request('getEphemerals', fc.record({ path })) },
  { weight: 1, arbitrary: request('getAllChildrenNumber', fc.record({ path: belowRoot })) },
  { weight: 1, arbitrary: request('sync', fc.record({ path })) },
  { weight: 1, arbitrary: request('check', failingCheck) },
  { weight: 8, arbitrary: request('multi', multiWrites) },
  { weight: 2, arbitrary: request('multiRead', multiReads) },
  { weight: 6, arbitrary: request('addWatch', fc.record({ path, mode: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, -1) })) },
  { weight: 3, arbitrary: request('removeWatches', watchOf()) },
  { weight: 2, arbitrary: request('checkWatches', watchOf()) },
  { weight: 3, arbitrary: request('setWatches', fc.record({ relativeZxid, data: paths, exist: paths, child: paths })) },
  { weight: 2, arbitrary: request('setWatches2', allWatches()) },
  { weight: 1, arbitrary: request('whoAmI', fc.constant(undefined)) },
  { weight: 1, arbitrary: request('ping', fc.constant(undefined)) },
);

/** Avoids a negative TTL with the flags of a znode without TTL, which ends the real server's process. */
function withoutCrash(record: RecordOf<'createTtl'>): RecordOf<'createTtl'> {
  return record.ttl < 0n && record.flags >= 0 && record.flags <= 4 ? { ...record, ttl: 0n } : record;
}

function watchOf(): fc.Arbitrary<{ path: string; type: number }> {
  return fc.record({ path, type: fc.constantFrom(1, 1, 2, 2, 3, 3, 0, 4, -1) });
}

function allWatches(): fc.Arbitrary<RecordOf<'setWatches2'>> {
  const lists = { data: paths, exist: paths, child: paths, persistent: paths, persistentRecursive: paths };
  return fc.record({ relativeZxid, ...lists });
}

/** The requests to which the real server gives the same answer while earlier requests are in progress. */
export const pipelinedRequest = anyRequest.filter(({ name, record }) => {
  if (name === 'createContainer') return ![Flags.ephemeral, Flags.ephemeralSequential].includes(record.flags);
  return name !== 'multi' || !record.some(isUnreadable);
});

/** TTL flags without a TTL fail the whole multi, and the real server shows its prepared changes for a while. */
function isUnreadable(operation: MultiOperation): boolean {
  const isCreate = operation.op === 'create' || operation.op === 'create2' || operation.op === 'createContainer';
  return isCreate && [Flags.ttl, Flags.ttlSequential].includes(operation.flags);
}
