import type { JuteReader, JuteWriter } from './jute.js';

/** Reads and writes a value on the wire, for the client and for the server. */
export interface Codec<T> {
  /** The bytes that a value takes at least. */
  readonly least: number;
  read(reader: JuteReader): T;
  write(writer: JuteWriter, value: T): void;
}

/** The type of a codec's values. */
export type Decoded<C> = C extends Codec<infer T> ? T : never;

export const int: Codec<number> = {
  least: 4,
  read: (reader) => reader.int(),
  write: (writer, value) => writer.int(value),
};

export const long: Codec<bigint> = {
  least: 8,
  read: (reader) => reader.long(),
  write: (writer, value) => writer.long(value),
};

export const boolean: Codec<boolean> = {
  least: 1,
  read: (reader) => reader.boolean(),
  write: (writer, value) => writer.boolean(value),
};

/** `null` on the wire is read as the empty string. */
export const string: Codec<string> = {
  least: 4,
  read: (reader) => reader.string(),
  write: (writer, value) => writer.string(value),
};

/** A string that must not be null. */
export const text: Codec<string> = {
  least: 4,
  read: (reader) => reader.requiredString(),
  write: (writer, value) => writer.string(value),
};

export const buffer: Codec<Buffer | null> = {
  least: 4,
  read: (reader) => reader.buffer(),
  write: (writer, value) => (value === null ? writer.int(-1) : writer.buffer(value)),
};

/** A record without fields. */
export const nothing: Codec<void> = { least: 0, read: () => {}, write: () => {} };

/** `null` on the wire is read as an empty list. */
export function vector<T>(item: Codec<T>): Codec<T[]> {
  return {
    least: 4,
    read: (reader) => reader.vector(item.read, Math.max(1, item.least)),
    write: (writer, items) => writer.vector(items, item.write),
  };
}

type Fields = Readonly<Record<string, Codec<unknown>>>;

/** A record with these fields, in this order. */
export function record<F extends Fields>(fields: F): Codec<{ [K in keyof F]: Decoded<F[K]> }> {
  type T = { [K in keyof F]: Decoded<F[K]> };
  const entries = Object.entries(fields).map(([name, field]) => ({ name: name as keyof F, field }));
  return {
    least: entries.reduce((sum, { field }) => sum + field.least, 0),
    read(reader) {
      const value: Partial<Record<keyof F, unknown>> = {};
      for (const { name, field } of entries) value[name] = field.read(reader);
      return value as T;
    },
    write(writer, value) {
      for (const { name, field } of entries) field.write(writer, value[name]);
    },
  };
}
