import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteReader, JuteWriter, MalformedRecordError } from '../../../lib/protocol/jute.js';

type Field =
  | readonly ['boolean', boolean]
  | readonly ['int', number]
  | readonly ['long', bigint]
  | readonly ['buffer', Buffer]
  | readonly ['string', string]
  | readonly ['vector', string[]];

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const string = fc.string({ unit: 'grapheme', maxLength: 60 });
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.boolean().map((value) => ['boolean', value] as const),
  int.map((value) => ['int', value] as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ['long', value] as const),
  fc.uint8Array({ maxLength: 300 }).map((value) => ['buffer', Buffer.from(value)] as const),
  string.map((value) => ['string', value] as const),
  fc.array(string, { maxLength: 5 }).map((value) => ['vector', value] as const),
);

function write(fields: readonly Field[], capacity?: number): Buffer {
  const writer = new JuteWriter(capacity);
  for (const [type, value] of fields) {
    if (type === 'vector') writer.vector(value, (w, item) => w.string(item));
    else (writer[type] as (value: unknown) => JuteWriter)(value);
  }
  return writer.bytes;
}

function read(types: readonly Field[0][], bytes: Buffer): unknown[] {
  const reader = new JuteReader(bytes);
  return types.map((type) => (type === 'vector' ? reader.vector((r) => r.string()) : reader[type]()));
}

function reader(...ints: number[]): JuteReader {
  return new JuteReader(ints.reduce((writer, value) => writer.int(value), new JuteWriter()).bytes);
}

describe('jute', () => {
  it('reads back any sequence of fields that it has written', () => {
    fc.assert(
      fc.property(fc.array(field), fc.integer({ min: 1, max: 64 }), (fields, capacity) => {
        const types = fields.map(([type]) => type);
        expect(read(types, write(fields, capacity))).toEqual(fields.map(([, value]) => value));
      }),
    );
  });

  it('throws MalformedRecordError, and no other error, for a record that was truncated anywhere', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), fc.nat(), (fields, at) => {
        const bytes = write(fields);
        const types = fields.map(([type]) => type);
        expect(() => read(types, bytes.subarray(0, at % bytes.length))).toThrow(MalformedRecordError);
      }),
    );
  });

  it('reads a length of -1 as a null buffer, an empty string or an empty vector', () => {
    expect([reader(-1).buffer(), reader(-1).string(), reader(-1).vector(() => 1)]).toEqual([null, '', []]);
  });

  it('throws for a length below -1', () => {
    expect(() => reader(-2).buffer()).toThrow(MalformedRecordError);
    expect(() => reader(-2).string()).toThrow(MalformedRecordError);
  });

  it('throws for a vector that is longer than the record', () => {
    expect(() => reader(2 ** 31 - 1, 1, 2).vector((r) => r.int())).toThrow(MalformedRecordError);
  });

  it('reads a time as a number, exact to the millisecond', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const { bytes } = new JuteWriter().long(BigInt(value));
        expect(new JuteReader(bytes).safeLong()).toBe(value);
      }),
    );
  });

  it('returns a buffer of its own, which is independent of the record', () => {
    const { bytes } = new JuteWriter().buffer(Buffer.from('data'));
    const data = new JuteReader(bytes).buffer() as Buffer;
    bytes.fill(0);
    expect(data.toString()).toBe('data');
  });
});
