import { createHash } from 'node:crypto';
import { NoNodeError, type ZooKeeperClient } from '../../index.js';
import { eventually } from '../../testing/eventually.js';

/** Bytes that differ with the seed, and along their length. */
export function bytesOf(size: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + (index >> 8) * 7 + seed * 101) & 0xff;
  return bytes;
}

/** In hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The names below a znode, sorted; none when it is missing. */
export async function namesBelow(client: ZooKeeperClient, path: string): Promise<string[]> {
  try {
    return (await client.getChildren(path)).children.sort();
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}

/** All parts of a storage besides its manifests. */
export async function storedParts(
  client: ZooKeeperClient,
  root = '/blobs',
): Promise<{ generations: string[]; markers: string[]; receipts: string[] }> {
  return {
    generations: await namesBelow(client, `${root}/c`),
    markers: await namesBelow(client, `${root}/u`),
    receipts: await namesBelow(client, `${root}/r`),
  };
}

/** All bytes of a stream, and the lengths of its pieces. */
export async function readStream(stream: ReadableStream<Uint8Array>): Promise<{ bytes: Buffer; pieces: number[] }> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return { bytes: Buffer.concat(pieces), pieces: pieces.map(({ length }) => length) };
}

/** Resolves with the items of a loop. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The client; before each call of one of its operations, which are named by their path, the function is awaited. */
export function interrupted(
  client: ZooKeeperClient,
  before: (operation: string, path: string) => Promise<unknown> | undefined,
): ZooKeeperClient {
  return new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const path = String(args[0]);
        const waiting = path.startsWith('/') ? before(String(key), path) : undefined;
        return waiting ? waiting.then(() => value.apply(target, args)) : value.apply(target, args);
      };
    },
  });
}

/** Resolves with the generation once a put is uploading it. */
export async function untilUploading(client: ZooKeeperClient): Promise<string> {
  let uploading: string | undefined;
  await eventually(
    async () => {
      const { markers, generations } = await storedParts(client);
      uploading = generations.find((generation) => markers.includes(generation));
      return uploading !== undefined;
    },
    { describe: 'an upload' },
  );
  return uploading as string;
}

/** Resolves once there are only the chunks of these generations, and no markers and receipts. */
export async function untilClean(client: ZooKeeperClient, kept: readonly string[] = []): Promise<void> {
  const expected = JSON.stringify({ generations: [...kept].sort(), markers: [], receipts: [] });
  await eventually(async () => JSON.stringify(await storedParts(client)) === expected, {
    describe: `only the parts ${expected}`,
  });
}
