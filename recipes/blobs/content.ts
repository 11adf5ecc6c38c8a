import { InvalidArgumentError } from '../../lib/core/errors.js';
import { invalidSecret, isUint8Array } from '../../lib/core/validation.js';
import type { BlobContent } from './types.js';
import { BlobValue, validateMediaType } from './values/index.js';

/** Bytes that are taken piece by piece. */
export interface Pieces {
  /** The next piece; `null` after the last. */
  next(): Promise<Uint8Array | null>;
  /** Lets go of where they come from, also while `next()` is pending. Never throws. */
  close(): void;
  /** Whether all is in one piece, which stays as it is. Memory of other pieces may become that of the next. */
  readonly isInMemory?: boolean;
}

/** A content as it is written. */
export interface WritableContent {
  /** The media type that it has of its own. */
  readonly mediaType: string | undefined;
  /** Whether it can be opened again. */
  readonly isRepeatable: boolean;
  /** The length in bytes, where it is known before. */
  size(): Promise<number | null>;
  open(): Promise<Pieces>;
}

/** @throws {@link InvalidArgumentError} unless a blob can be written from it. */
export function toWritable(content: BlobContent): WritableContent {
  if (typeof content === 'string') return ofBytes(new TextEncoder().encode(content), 'text/plain;charset=utf-8');
  if (isUint8Array(content)) return ofBytes(content, undefined);
  if (content instanceof BlobValue) {
    return {
      mediaType: content.mediaType,
      isRepeatable: true,
      size: () => content.size(),
      open: async () => ofStream(await content.openFleeting()),
    };
  }
  if (typeof Blob === 'function' && content instanceof Blob) {
    return {
      mediaType: content.type === '' ? undefined : content.type,
      isRepeatable: true,
      size: async () => content.size,
      open: async () => ofStream(content.stream()),
    };
  }
  return ofOnce(content);
}

/** The media type to write it with. @throws {@link InvalidArgumentError} when a web Blob has what is none */
export function mediaTypeFor({ mediaType }: WritableContent, given: string | undefined): string {
  const type = given ?? mediaType ?? 'application/octet-stream';
  validateMediaType('the type of content', type);
  return type;
}

function ofOnce(content: unknown): WritableContent {
  const { getReader, locked, [Symbol.asyncIterator]: iterate } = (content ?? {}) as Partial<ReadableStream<Uint8Array>>;
  if (typeof getReader === 'function') {
    if (locked) throw new InvalidArgumentError('content is a stream that somebody reads already: pass one of its own');
    return { ...ONCE, open: async () => ofStream(content as ReadableStream<Uint8Array>) };
  }
  if (typeof iterate === 'function') {
    return { ...ONCE, open: async () => ofIterable(content as AsyncIterable<Uint8Array>) };
  }
  throw invalidSecret(
    'content',
    content,
    'bytes, a string, a BlobValue, a Blob, a ReadableStream or an async iterable',
  );
}

/** The properties of what can be read once only. */
const ONCE = { mediaType: undefined, isRepeatable: false, size: async () => null } as const;

function ofBytes(bytes: Uint8Array, mediaType: string | undefined): WritableContent {
  return {
    mediaType,
    isRepeatable: true,
    size: async () => bytes.byteLength,
    open: async () => {
      let rest: Uint8Array | null = bytes;
      const next = async (): Promise<Uint8Array | null> => {
        const piece = rest;
        rest = null;
        return piece;
      };
      return { next, close: () => {}, isInMemory: true };
    },
  };
}

function ofStream(stream: ReadableStream<Uint8Array>): Pieces {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? null : toPiece(value);
    },
    // After the end it does nothing.
    close: () => void reader.cancel().catch(() => {}),
  };
}

function ofIterable(iterable: AsyncIterable<Uint8Array>): Pieces {
  const iterator = iterable[Symbol.asyncIterator]();
  let isOver = false;
  return {
    next: async () => {
      const { done, value } = await iterator.next();
      isOver = done === true;
      return done ? null : toPiece(value);
    },
    close: () => {
      if (!isOver)
        void Promise.resolve()
          .then(() => iterator.return?.())
          .catch(() => {});
    },
  };
}

function toPiece(value: unknown): Uint8Array {
  if (isUint8Array(value)) return value;
  throw invalidSecret('each piece of content', value, 'a Buffer or Uint8Array');
}
