import fc from 'fast-check';
import { OpCode } from '../../lib/protocol/op-code.js';
import type { RequestName, RequestRecord } from '../../testing/raw-messages.js';
import { frameOf, handshakeFrame, ints, requestFrame } from './hostile-client.js';

/** The chunks that one connection sends, and how it ends. */
export interface Conversation {
  readonly chunks: readonly Buffer[];
  readonly leaves: 'end' | 'reset' | 'when-hung-up-on';
}

const ACLS = [
  [{ perms: 31, scheme: 'world', id: 'anyone' }],
  [{ perms: 1, scheme: 'digest', id: 'user:hash' }],
  [{ perms: 31, scheme: 'auth', id: '' }],
  [{ perms: 31, scheme: 'ip', id: '127.0.0.1/8' }],
];

const path = fc.constantFrom('/fuzz', '/fuzz/a', '/fuzz/a/b', '/fuzz/__proto__', '/fuzz/seq-', '/fuzz/\u{10ffff}', '');
const data = fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 300 }).map(Buffer.from));
const version = fc.constantFrom(-1, 0, 1, 2 ** 31 - 1);
const paths = fc.array(path, { maxLength: 4 });
const create = fc.record({ path, data, acl: fc.constantFrom(...ACLS), flags: fc.integer({ min: -1, max: 7 }) });
const pathAndWatch = fc.record({ path, watch: fc.boolean() });
const pathAndVersion = fc.record({ path, version });
const setData = fc.record({ path, data, version });

const change = fc.oneof(
  create.map((body) => ({ op: 'create' as const, ...body })),
  create.map((body) => ({ op: 'createTtl' as const, ...body, ttl: 100n })),
  setData.map((body) => ({ op: 'setData' as const, ...body })),
  pathAndVersion.map((body) => ({ op: 'delete' as const, ...body })),
  pathAndVersion.map((body) => ({ op: 'check' as const, ...body })),
);
const read = fc.oneof(
  pathAndWatch.map((body) => ({ op: 'getData' as const, ...body })),
  pathAndWatch.map((body) => ({ op: 'getChildren' as const, ...body })),
);

function request<N extends RequestName>(name: N, body: fc.Arbitrary<RequestRecord<N>>): fc.Arbitrary<Buffer> {
  return fc.tuple(fc.integer(), body).map(([xid, record]) => requestFrame(xid, name, record));
}

const requests = fc.oneof(
  request('create', create),
  request('create2', create),
  request('createContainer', create),
  request(
    'createTtl',
    fc.record({
      path,
      data,
      acl: fc.constantFrom(...ACLS),
      flags: fc.constantFrom(5, 6),
      ttl: fc.bigInt(0n, 2n ** 41n),
    }),
  ),
  request('delete', pathAndVersion),
  request('check', pathAndVersion),
  request('setData', setData),
  request('setAcl', fc.record({ path, acl: fc.constantFrom(...ACLS), version })),
  request('exists', pathAndWatch),
  request('getData', pathAndWatch),
  request('getChildren', pathAndWatch),
  request('getChildren2', pathAndWatch),
  request('getAcl', fc.record({ path })),
  request('sync', fc.record({ path })),
  request('getEphemerals', fc.record({ path })),
  request('getAllChildrenNumber', fc.record({ path })),
  request('multi', fc.array(change, { maxLength: 5 })),
  request('multiRead', fc.array(fc.oneof({ weight: 4, arbitrary: read }, change), { maxLength: 5 })),
  request('addWatch', fc.record({ path, mode: fc.integer({ min: -1, max: 2 }) })),
  request('checkWatches', fc.record({ path, type: fc.integer({ min: 0, max: 4 }) })),
  request('removeWatches', fc.record({ path, type: fc.integer({ min: 0, max: 4 }) })),
  request('setWatches', fc.record({ relativeZxid: fc.bigInt(-1n, 100n), data: paths, exist: paths, child: paths })),
  request('ping', fc.constant(undefined)),
  request('whoAmI', fc.constant(undefined)),
  request('closeSession', fc.constant(undefined)),
  fc.constant(
    frameOf(-4, OpCode.auth, Buffer.concat([ints(0, 6), Buffer.from('digest'), ints(3), Buffer.from('a:b')])),
  ),
  fc.constant(frameOf(1, OpCode.reconfig)),
);

const opening = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .record({
        sessionTimeout: fc.constantFrom(0, -1, 100, 2 ** 31 - 1),
        sessionId: fc.constantFrom(0n, 0n, 0n, 0n, -1n),
      })
      .map((fields) => handshakeFrame(fields)),
  },
  { weight: 1, arbitrary: fc.constantFrom('ruok', 'cons', 'wchp', 'nope').map((word) => Buffer.from(word)) },
);

const NUMBERS = [0, -1, -2, 1, 127, 0xffff, 0xfffff, 0x100000, 2 ** 31 - 1, -(2 ** 31)];

/** One change of the bytes, at a place given as a fraction of their length. */
type Mutation = (bytes: Buffer) => Buffer;
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (bytes: Buffer, fraction: number): number => Math.floor(fraction * bytes.length);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(([fraction, bit]) => (bytes: Buffer) => {
    const index = at(bytes, fraction);
    return Buffer.from(bytes.map((byte, i) => (i === index ? byte ^ (1 << bit) : byte)));
  }),
  place.map((fraction) => (bytes: Buffer) => bytes.subarray(0, at(bytes, fraction))),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([fraction, more]) => (bytes: Buffer) => {
    const index = at(bytes, fraction);
    return Buffer.concat([bytes.subarray(0, index), more, bytes.subarray(index)]);
  }),
  fc.tuple(place, fc.integer({ min: 1, max: 12 })).map(([fraction, length]) => (bytes: Buffer) => {
    const index = at(bytes, fraction);
    return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + length)]);
  }),
  // Most lengths are at a multiple of four.
  fc.tuple(place, fc.boolean(), fc.constantFrom(...NUMBERS)).map(([fraction, aligned, number]) => (bytes: Buffer) => {
    const index = aligned ? at(bytes, fraction) & ~3 : at(bytes, fraction);
    return Buffer.concat([bytes.subarray(0, index), ints(number), bytes.subarray(index + 4)]);
  }),
);

function mutated(frames: readonly Buffer[], mutations: readonly (readonly [number, Mutation])[]): Buffer[] {
  const result = [...frames];
  for (const [fraction, mutate] of mutations) {
    const index = Math.floor(fraction * result.length);
    result[index] = mutate(result[index] ?? Buffer.alloc(0));
  }
  return result;
}

function swapped(frames: readonly Buffer[], [a, b]: readonly [number, number]): Buffer[] {
  const result = [...frames];
  const [first, second] = [Math.floor(a * frames.length), Math.floor(b * frames.length)];
  const [x, y] = [frames[first], frames[second]];
  if (x && y) [result[first], result[second]] = [y, x];
  return result;
}

function cut(bytes: Buffer, fractions: readonly number[]): Buffer[] {
  const cuts = [0, ...fractions.map((fraction) => at(bytes, fraction)).sort((x, y) => x - y), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

/** Starts as a valid conversation does, and goes wrong somewhere, or nowhere. */
export const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    opening,
    requests: fc.array(requests, { maxLength: 12 }),
    swap: fc.option(fc.tuple(place, place), { freq: 4 }),
    mutations: fc.array(fc.tuple(place, mutation), { maxLength: 3 }),
    cuts: fc.array(place, { maxLength: 6 }),
    leaves: fc.constantFrom('end', 'reset', 'when-hung-up-on'),
  })
  .map(({ opening, requests, swap, mutations, cuts, leaves }) => {
    const frames = mutated([opening, ...requests], mutations);
    return { chunks: cut(Buffer.concat(swap ? swapped(frames, swap) : frames), cuts), leaves } as const;
  });
