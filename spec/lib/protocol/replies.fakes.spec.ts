import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stat } from '../../../lib/core/coordination-client.js';
import type { TransactionOperation } from '../../../lib/core/transaction.js';
import { JuteReader, JuteWriter, MalformedRecordError } from '../../../lib/protocol/jute.js';
import * as messages from '../../../lib/protocol/messages.js';
import { type MultiOutcome, multiResponseRecord } from '../../../lib/protocol/multi.js';
import {
  createRequest,
  existsRequest,
  getAclRequest,
  getChildrenRequest,
  getDataRequest,
  multiRequest,
  setAclRequest,
  setDataRequest,
  type WireRequest,
} from '../../../lib/protocol/requests.js';
import * as serverMessages from '../../../lib/protocol/server-messages.js';

const NOW = 0x1_0000_0100n;
const DATA = Buffer.from('data');
const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];

const stat = (changes: Partial<Stat> = {}): Stat => ({
  ...{ czxid: 0n, mzxid: 0x1_0000_0007n, pzxid: NOW, ctime: 1, mtime: 2, version: 3, cversion: 4, aversion: 0 },
  ...{ ephemeralOwner: 0n, dataLength: 0, numChildren: 0 },
  ...changes,
});

type Write = (writer: JuteWriter) => void;

function decode<T>(request: WireRequest<T>, write: Write, newest = NOW): T {
  const writer = new JuteWriter();
  write(writer);
  return request.decode(
    new JuteReader(Buffer.from(writer.bytes), 0, Number(newest >> 32n), Number(newest & 0xffff_ffffn)),
  );
}

const statReply =
  (value: Stat): Write =>
  (writer) =>
    messages.statOnlyRecord.write(writer, { stat: value });
const dataReply =
  (value: Stat, data: Buffer | null = DATA): Write =>
  (writer) =>
    messages.dataAndStatRecord.write(writer, { data, stat: value });
const childrenReply =
  (children: string[], value: Stat): Write =>
  (writer) =>
    serverMessages.childrenAndStatRecord.write(writer, { children, stat: value });
const pathReply =
  (path: string): Write =>
  (writer) =>
    messages.pathOnlyRecord.write(writer, { path });

/** Each request whose reply has a stat, with a reply that has this one. */
const WITH_STAT: Record<string, (value: Stat, path: string) => () => unknown> = {
  exists: (value, path) => () => decode(existsRequest(path, true), statReply(value)),
  getData: (value, path) => () => decode(getDataRequest(path, true), dataReply({ ...value, dataLength: 4 })),
  getChildren: (value, path) => () => decode(getChildrenRequest(path, true), childrenReply([], value)),
  getAcl: (value, path) => () =>
    decode(getAclRequest(path), (writer) => messages.aclAndStatRecord.write(writer, { acl: ACL, stat: value })),
  setAcl: (value, path) => () => decode(setAclRequest(path, ACL, -1), statReply(value)),
};

const WRITES: Record<string, (value: Stat) => () => unknown> = {
  setData: (value) => () => decode(setDataRequest('/a', DATA, -1), statReply({ ...value, dataLength: 4 })),
  multi: (value) => () =>
    decode(multiRequest([{ type: 'setData', path: '/a', data: DATA, version: -1 }]), (writer) =>
      multiResponseRecord.write(writer, [{ op: 'setData', stat: { ...value, dataLength: 4 } }]),
    ),
};

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  return expect.unreachable('nothing was thrown');
}

const aboveNow = fc.bigInt({ min: NOW + 1n, max: 2n ** 63n - 1n });
const negative = fc.bigInt({ min: -(2n ** 63n), max: -1n });
const zxidField = fc.constantFrom('czxid', 'mzxid', 'pzxid');

describe('a stat in a reply', () => {
  for (const [name, reply] of Object.entries({ ...WITH_STAT, ...WRITES })) {
    it(`to ${name} is believed up to the reply's own zxid`, () => {
      fc.assert(
        fc.property(zxidField, fc.bigInt({ min: 0n, max: NOW }), (field, zxid) => {
          const isOfCreation = field === 'czxid';
          const later = isOfCreation ? { mzxid: NOW, pzxid: NOW } : {};
          // Throws for one that it does not believe.
          reply(stat({ ...later, [field]: zxid }), '/a')();
        }),
      );
    });

    it(`to ${name} is malformed with a zxid above that, or below 0`, () => {
      fc.assert(
        fc.property(zxidField, fc.oneof(aboveNow, negative), (field, zxid) => {
          const error = thrownBy(reply(stat({ [field]: zxid }), '/a'));
          expect([error.constructor, error.message]).toEqual([
            MalformedRecordError,
            expect.stringContaining(`a ${field} of ${zxid}`),
          ]);
        }),
      );
    });
  }

  for (const [name, reply] of Object.entries(WITH_STAT)) {
    it(`to ${name} of the configuration may have any version of it as its mzxid`, () => {
      expect(reply(stat({ mzxid: NOW + 1n }), '/zookeeper/config')).not.toThrow();
    });
  }

  it('may have a change before the creation of its znode, as from a log that was replayed over a snapshot', () => {
    for (const field of ['mzxid', 'pzxid']) {
      expect(WITH_STAT.exists?.(stat({ czxid: 8n, [field]: 7n }), '/a')).not.toThrow();
    }
  });

  it('is malformed with a negative length or number', () => {
    for (const field of ['dataLength', 'numChildren']) {
      expect(WITH_STAT.exists?.(stat({ [field]: -1 }), '/a')).toThrow(MalformedRecordError);
    }
  });

  it('of data has its length; null data has the length 0', () => {
    expect(decode(getDataRequest('/a', false), dataReply(stat({ dataLength: 0 }), null)).data.length).toBe(0);
    for (const dataLength of [3, 5, 0, 2 ** 31 - 1]) {
      expect(() => decode(getDataRequest('/a', false), dataReply(stat({ dataLength })))).toThrow(MalformedRecordError);
      expect(() => decode(setDataRequest('/a', DATA, 1), statReply(stat({ dataLength })))).toThrow(/for 4 bytes/);
    }
  });
});

describe('a list of children', () => {
  const children = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }).filter(isName), { maxLength: 20 });

  it('is as long as its stat says', () => {
    fc.assert(
      fc.property(children, fc.integer({ min: -3, max: 3 }), (names, difference) => {
        const reply = childrenReply(names, stat({ numChildren: names.length + difference }));
        const read = () => decode(getChildrenRequest('/a', false), reply).children;
        if (difference === 0) expect(read()).toEqual(names);
        else expect(read).toThrow(MalformedRecordError);
      }),
    );
  });

  it.each(['', '.', '..', 'a/b', '/', 'a\ufffd', '\ufffd\ufffd'])('is malformed with the name "%s"', (name) => {
    const reply = childrenReply(['good', name], stat({ numChildren: 2 }));
    expect(() => decode(getChildrenRequest('/a', false), reply)).toThrow(MalformedRecordError);
  });

  it('is malformed with a null name', () => {
    const reply: Write = (writer) => {
      writer.int(1).int(-1);
      messages.statOnlyRecord.write(writer, { stat: stat({ numChildren: 1 }) });
    };
    expect(() => decode(getChildrenRequest('/a', false), reply)).toThrow(MalformedRecordError);
  });

  it('may have names beyond ASCII, also where they are long enough to have such a byte in their length', () => {
    const names = ['größe', '日本', 'x'.repeat(200)];
    const reply = childrenReply(names, stat({ numChildren: 3 }));
    expect(decode(getChildrenRequest('/a', false), reply).children).toEqual(names);
  });

  it('is refused without memory for its names when the bytes cannot hold them', () => {
    const bytes = Buffer.alloc(80_000_004);
    for (const count of [2 ** 31 - 1, 20_000_000]) {
      bytes.writeInt32BE(count);
      const before = process.memoryUsage().heapUsed;
      expect(() => getChildrenRequest('/a', false).decode(new JuteReader(bytes))).toThrow(MalformedRecordError);
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
    }
  });
});

function isName(name: string): boolean {
  return !/[/\ufffd]/.test(name) && name !== '.' && name !== '..' && Buffer.from(name).toString() === name;
}

describe('the path of a new znode', () => {
  const create = (path: string, mode: Parameters<typeof createRequest>[3], created: string) => () =>
    decode(createRequest(path, DATA, ACL, mode), pathReply(created));

  it.each(['persistent', 'ephemeral', 'container'] as const)('(%s) is the one asked for', (mode) => {
    expect(create('/root/a', mode, '/root/a')()).toBe('/root/a');
    for (const other of ['/root/b', '/root/a0000000001', '/a', '', 'root/a']) {
      expect(create('/root/a', mode, other)).toThrow(MalformedRecordError);
    }
  });

  it.each(['persistent-sequential', 'ephemeral-sequential'] as const)('(%s) has a number behind it', (mode) => {
    for (const number of ['0000000000', '2147483647', '-2147483648', '-000000001']) {
      expect(create('/root/a-', mode, `/root/a-${number}`)()).toBe(`/root/a-${number}`);
      expect(create('/root/', mode, `/root/${number}`)()).toBe(`/root/${number}`);
    }
    for (const other of ['/root/a-', '/root/a-1', '/root/a-000000000x', '/root/b-0000000001', '/a-0000000001']) {
      expect(create('/root/a-', mode, other)).toThrow(MalformedRecordError);
    }
  });

  it('may be followed by more, as that of a container is', () => {
    const reply: Write = (writer) => messages.pathAndStatRecord.write(writer, { path: '/a', stat: stat() });
    expect(decode(createRequest('/a', DATA, ACL, 'container'), reply)).toBe('/a');
  });
});

describe('the results of a transaction', () => {
  const OPERATIONS: TransactionOperation[] = [
    { type: 'check', path: '/a', version: 1 },
    { type: 'create', path: '/a/b', data: DATA, acl: ACL, mode: 'persistent' },
    { type: 'create', path: '/a/c-', data: DATA, acl: ACL, mode: 'ephemeral-sequential' },
    { type: 'setData', path: '/a', data: DATA, version: 1 },
    { type: 'delete', path: '/d', version: 1 },
  ];
  const GOOD: MultiOutcome[] = [
    { op: 'check' },
    { op: 'create', path: '/a/b' },
    { op: 'create2', path: '/a/c-0000000007', stat: stat({ dataLength: 4 }) },
    { op: 'setData', stat: stat({ dataLength: 4 }) },
    { op: 'delete' },
  ];
  const ERRORS = OPERATIONS.map((_, at): MultiOutcome => ({ op: 'error', error: at === 2 ? -110 : -2 }));
  const read = (outcomes: readonly MultiOutcome[]) =>
    decode(multiRequest(OPERATIONS), (writer) => multiResponseRecord.write(writer, outcomes));

  it('are read, one for each operation', () => {
    expect(read(GOOD).map(({ type }) => type)).toEqual(OPERATIONS.map(({ type }) => type));
    expect(read(ERRORS).map(({ type }) => type)).toEqual(OPERATIONS.map(() => 'error'));
  });

  it('are malformed when one is missing, too many, of another type, or an error beside a success', () => {
    const at = fc.nat({ max: OPERATIONS.length - 1 });
    const other = fc.constantFrom(...GOOD, ...ERRORS);
    const variants = fc.oneof(
      at.map((index) => GOOD.toSpliced(index, 1)),
      fc.tuple(at, other).map(([index, more]) => GOOD.toSpliced(index, 0, more)),
      fc
        .tuple(at, other)
        .filter(([index, more]) => typeOf(more) !== typeOf(GOOD[index]))
        .map(([index, more]) => GOOD.with(index, more)),
      fc.tuple(at, fc.constantFrom(...GOOD)).map(([index, more]) => ERRORS.with(index, more)),
      at.map((index) => ERRORS.slice(index + 1)),
      fc.constant(OPERATIONS.map((): MultiOutcome => ({ op: 'error', error: 0 }))),
      fc.constantFrom('/a/x', '/a/b0000000001', '').map((path) => GOOD.with(1, { op: 'create', path })),
      fc.constantFrom(3, 5).map((dataLength) => GOOD.with(3, { op: 'setData', stat: stat({ dataLength }) })),
    );
    fc.assert(
      fc.property(variants, (outcomes) => {
        expect(() => read(outcomes)).toThrow(MalformedRecordError);
      }),
    );
  });

  it('are refused as soon as there are more of them than operations', () => {
    const endless = Buffer.alloc(9_000_000);
    for (let at = 0; at < endless.length; at += 9) endless.writeInt32BE(2, at);
    const before = process.memoryUsage().heapUsed;
    expect(() => multiRequest(OPERATIONS).decode(new JuteReader(endless))).toThrow(MalformedRecordError);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  });
});

function typeOf(outcome: MultiOutcome | undefined): string | undefined {
  return outcome?.op === 'create2' ? 'create' : outcome?.op;
}

describe('the codec of a list', () => {
  it('refuses a count that the bytes cannot hold, by the least size of an item', () => {
    const acls = (count: number, bytes: number): Buffer => {
      const buffer = Buffer.alloc(4 + bytes);
      buffer.writeInt32BE(count);
      return buffer;
    };
    const read = (bytes: Buffer) => messages.aclAndStatRecord.read(new JuteReader(bytes));
    expect(() => read(acls(101, 1_200))).toThrow('a list of 101 in 1200 bytes');
    expect(read(acls(94, 1_200)).acl.length).toBe(94);
  });
});
