import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../lib/protocol/codec.js';
import { JuteReader, JuteWriter, MalformedRecordError } from '../../../lib/protocol/jute.js';
import * as messages from '../../../lib/protocol/messages.js';
import {
  type MultiOperation,
  type MultiOutcome,
  multiRecord,
  multiResponseRecord,
} from '../../../lib/protocol/multi.js';
import * as records from '../../../lib/protocol/records.js';
import * as serverMessages from '../../../lib/protocol/server-messages.js';
import { holds } from './holds.js';

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const time = fc.maxSafeInteger();
const string = fc.string({ unit: 'binary', maxLength: 20 });
const strings = fc.array(string, { maxLength: 4 });
const buffer = fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)));
const version = int;
const path = string;

const acl = fc.record({ perms: int, scheme: string, id: string });
const acls = fc.array(acl, { maxLength: 3 });
const stat = fc.record({
  ...{ czxid: long, mzxid: long, pzxid: long, ctime: time, mtime: time, version, cversion: int, aversion: int },
  ...{ ephemeralOwner: long, dataLength: int, numChildren: int },
});
const create = { path, data: buffer, acl: acls, flags: int };
const watches = { relativeZxid: long, data: strings, exist: strings, child: strings };
const multiHeader = { op: int, done: fc.boolean(), error: int };

/** Arbitrary contents for each kind of message. */
const MESSAGES: Record<keyof typeof messages & typeof serverMessages, fc.Arbitrary<unknown>> = {
  connectRequestRecord: fc.record({
    ...{ protocolVersion: int, lastZxid: long, sessionTimeout: int, sessionId: long, password: buffer },
  }),
  connectResponseRecord: fc.record({ protocolVersion: int, sessionTimeout: int, sessionId: long, password: buffer }),
  requestHeaderRecord: fc.record({ xid: int, op: int }),
  replyHeaderRecord: fc.record({ xid: int, zxid: long, error: int }),
  authRecord: fc.record({ type: int, scheme: string, auth: buffer }),
  saslRecord: fc.record({ token: buffer }),
  pathAndWatchRecord: fc.record({ path, watch: fc.boolean() }),
  pathOnlyRecord: fc.record({ path }),
  pathAndVersionRecord: fc.record({ path, version }),
  pathAndStatRecord: fc.record({ path, stat }),
  pathAndTypeRecord: fc.record({ path, type: int }),
  pathAndModeRecord: fc.record({ path, mode: int }),
  createRecord: fc.record(create),
  createTtlRecord: fc.record({ ...create, ttl: long }),
  setDataRecord: fc.record({ path, data: buffer, version }),
  setAclRecord: fc.record({ path, acl: acls, version }),
  statOnlyRecord: fc.record({ stat }),
  dataAndStatRecord: fc.record({ data: buffer, stat }),
  childrenOnlyRecord: fc.record({ children: strings }),
  childrenAndStatRecord: fc.record({ children: strings, stat }),
  aclAndStatRecord: fc.record({ acl: acls, stat }),
  errorOnlyRecord: fc.record({ error: int }),
  totalOnlyRecord: fc.record({ total: int }),
  setWatchesRecord: fc.record(watches),
  setWatches2Record: fc.record({ ...watches, persistent: strings, persistentRecursive: strings }),
  whoAmIResponseRecord: fc.record({
    clientInfo: fc.array(fc.record({ scheme: string, user: string }), { maxLength: 3 }),
  }),
  multiHeaderRecord: fc.record(multiHeader),
};

const op = <const T extends string>(...names: T[]) => fc.constantFrom(...names);

const operation: fc.Arbitrary<MultiOperation> = fc.oneof(
  fc.record({ op: op('create', 'create2', 'createContainer'), ...create }),
  fc.record({ op: op('createTtl'), ...create, ttl: long }),
  fc.record({ op: op('setData'), path, data: buffer, version }),
  fc.record({ op: op('delete', 'check'), path, version }),
  fc.record({ op: op('getData', 'getChildren'), path, watch: fc.boolean() }),
);

const outcome: fc.Arbitrary<MultiOutcome> = fc.oneof(
  fc.record({ op: op('create'), path }),
  fc.record({ op: op('create2'), path, stat }),
  fc.record({ op: op('setData'), stat }),
  fc.record({ op: op('delete', 'check') }),
  fc.record({ op: op('getData'), data: buffer, stat }),
  fc.record({ op: op('getChildren'), children: strings }),
  fc.record({ op: op('error'), error: int }),
);

const codecs: Readonly<Record<string, unknown>> = {
  ...messages,
  ...serverMessages,
  ...records,
  multiRecord,
  multiResponseRecord,
};

const CODECS = Object.entries({
  ...MESSAGES,
  statRecord: stat,
  aclRecord: acl,
  watcherEventRecord: fc.record({ type: int, state: int, path }),
  multiRecord: fc.array(operation, { maxLength: 5, size: 'max' }),
  multiResponseRecord: fc.array(outcome, { maxLength: 5 }),
}).map(([name, values]) => ({ name, codec: codecs[name] as Codec<unknown>, values: values as fc.Arbitrary<unknown> }));

/** Any of the codecs with a value for it. */
const written = fc
  .constantFrom(...CODECS)
  .chain(({ name, codec, values }) => values.map((value) => ({ name, codec, value, bytes: encode(codec, value) })));

/** Few different bytes, so that lengths and counts are often plausible. */
const odd = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 4, 255), { maxLength: 400 }).map((bytes) => Uint8Array.from(bytes)),
);

function encode(codec: Codec<unknown>, value: unknown): Buffer {
  const writer = new JuteWriter(1);
  codec.write(writer, value);
  return Buffer.from(writer.bytes);
}

/** The value, or `null` for malformed bytes. Throws any other error. */
function decode(codec: Codec<unknown>, bytes: Buffer): { value: unknown; remaining: number } | null {
  const reader = new JuteReader(bytes);
  try {
    return { value: codec.read(reader), remaining: reader.remaining };
  } catch (error) {
    if (error instanceof MalformedRecordError) return null;
    throw error;
  }
}

describe('the codec of each message', () => {
  it('is specified here', () => {
    expect(Object.keys({ ...messages, ...serverMessages }).sort()).toEqual(Object.keys(MESSAGES).sort());
  });

  holds(
    'reads what it has written, and not a byte more',
    fc.tuple(written, fc.uint8Array({ maxLength: 9 })),
    ([{ codec, value, bytes }, rest]) => {
      expect(decode(codec, Buffer.concat([bytes, rest]))).toEqual({ value, remaining: rest.length });
    },
    2_000,
  );

  holds(
    'says of what was cut off anywhere that it is malformed, and never anything else',
    written,
    ({ codec, bytes }) => {
      for (let length = 0; length < bytes.length; length += 1) {
        if (decode(codec, bytes.subarray(0, length))) expect.fail(`read from ${length} of ${bytes.length} bytes`);
      }
    },
    600,
  );

  holds(
    'makes of any bytes a value that is no larger than they are, or calls them malformed',
    fc.tuple(fc.constantFrom(...CODECS), odd),
    ([{ codec }, bytes]) => {
      const decoded = decode(codec, Buffer.from(bytes));
      // A byte that is no UTF-8 becomes a character of three bytes.
      if (decoded) expect(encode(codec, decoded.value).length).toBeLessThanOrEqual(3 * bytes.length);
    },
    4_000,
  );

  holds(
    'withstands a byte that was changed on the way',
    fc.tuple(written, fc.nat(), fc.integer({ min: 0, max: 255 })),
    ([{ codec, bytes }, at, byte]) => {
      if (bytes.length === 0) return;
      bytes[at % bytes.length] = byte;
      const decoded = decode(codec, bytes);
      if (decoded) expect(encode(codec, decoded.value).length).toBeLessThanOrEqual(3 * bytes.length);
    },
    2_000,
  );
});
