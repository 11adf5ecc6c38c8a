/** Writes and reads a large content, as a blob or as raw chunks, in a process of its own. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZooKeeperClient } from '../../index.js';
import { type BlobContent, BlobStorage, BlobValue } from '../../recipes/blobs/index.js';
import { now } from '../clock.js';
import { residentGrowth } from './memory.js';
import { obey } from './obey.js';

/** A command to the process. */
export interface Transfer {
  readonly how: 'blob' | 'chunks';
  /** Chunks that are in flight, where they are not those of a blob. */
  readonly inFlight: number;
  /** In bytes. */
  readonly size: number;
  readonly rounds: number;
}

/** One value for each round. */
export interface Transferred {
  readonly putMs: readonly number[];
  readonly getMs: readonly number[];
  readonly putCpuMs: readonly number[];
  readonly getCpuMs: readonly number[];
}

/** A command to the process: writes and reads streams. */
export interface Streaming {
  readonly how: 'streams';
  readonly size: number;
  readonly rounds: number;
}

/** The growth of the resident memory in each round, in bytes; `null` where the system does not say it. */
export interface Streamed {
  /** Of reading the file to no end, before anything else. */
  readonly fileGrowth: number | null;
  readonly putGrowths: readonly (number | null)[];
  /** Of a put of Node's own stream of the file, after all others. */
  readonly streamGrowth: number | null;
  readonly getGrowths: readonly (number | null)[];
}

const CHUNK = 512 * 1_024;
const ROOT = '/transferred';
const ID = 'content';

const [, , connectString = ''] = process.argv;
const client = await new ZooKeeperClient(connectString).connect();
let names = 0;

interface Way {
  put(content: Buffer): Promise<unknown>;
  get(size: number): Promise<Buffer>;
  remove(): Promise<unknown>;
}

function blobs(): Way {
  const storage = new BlobStorage(client, { root: ROOT });
  return {
    put: (content) => storage.put(ID, content),
    get: () => storage.file(ID).read(),
    remove: async () => {
      await storage.delete(ID);
      await storage.collectGarbage({ grace: 0 });
    },
  };
}

function chunks(inFlight: number): Way {
  names += 1;
  const path = `/raw-${process.pid}-${names}`;
  const inWindow = async (count: number, work: (index: number) => Promise<unknown>): Promise<void> => {
    let next = 0;
    const run = async (): Promise<void> => {
      while (next < count) await work(next++);
    };
    await Promise.all(Array.from({ length: inFlight }, run));
  };
  let count = 0;
  return {
    put: async (content) => {
      count = Math.ceil(content.length / CHUNK);
      await client.create(path);
      await inWindow(count, (index) =>
        client.create(`${path}/${index}`, content.subarray(index * CHUNK, (index + 1) * CHUNK)),
      );
    },
    get: async (size) => {
      const content = Buffer.allocUnsafe(size);
      await inWindow(count, async (index) => {
        const { data } = await client.getData(`${path}/${index}`);
        data.copy(content, index * CHUNK);
      });
      return content;
    },
    remove: async () => {
      for (let index = 0; index < count; index += 1) await client.delete(`${path}/${index}`);
      await client.delete(path);
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number; cpuMs: number }> {
  const before = process.cpuUsage();
  const startedAt = now();
  await work();
  const ms = now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1e3 };
}

async function transfer({ how, inFlight, size, rounds }: Transfer): Promise<Transferred> {
  const puts: { ms: number; cpuMs: number }[] = [];
  const gets: { ms: number; cpuMs: number }[] = [];
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const way = how === 'blob' ? blobs() : chunks(inFlight);
    const content = randomBytes(size);
    globalThis.gc?.();
    const put = await timed(() => way.put(content));
    let read: Buffer | undefined;
    globalThis.gc?.();
    const get = await timed(async () => {
      read = await way.get(size);
    });
    if (!read?.equals(content)) throw new Error('what was read is not what was written');
    await way.remove();
    if (round > 0) puts.push(put);
    if (round > 0) gets.push(get);
  }
  return {
    putMs: puts.map(({ ms }) => ms),
    getMs: gets.map(({ ms }) => ms),
    putCpuMs: puts.map(({ cpuMs }) => cpuMs),
    getCpuMs: gets.map(({ cpuMs }) => cpuMs),
  };
}

async function stream({ size, rounds }: Streaming): Promise<Streamed> {
  const storage = new BlobStorage(client, { root: ROOT, maxBlobSize: size });
  const file = join(tmpdir(), `zk-recipes-bench-${process.pid}`);
  await writeFile(file, randomBytes(size));
  const value = await BlobValue.fromFile(file);
  const put = (content: BlobContent): Promise<unknown> => storage.put(ID, content);
  const read = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
    let length = 0;
    for await (const piece of pieces) length += piece.byteLength;
    if (length !== size) throw new Error('what was read is not what was written');
  };
  const fileGrowth = await residentGrowth(() => read(createReadStream(file)));
  const putGrowths: (number | null)[] = [];
  const getGrowths: (number | null)[] = [];
  for (let round = 0; round < rounds; round += 1) {
    putGrowths.push(await residentGrowth(() => put(value)));
    getGrowths.push(await residentGrowth(() => read(storage.file(ID).open())));
    await storage.delete(ID);
    await storage.collectGarbage({ grace: 0 });
  }
  const streamGrowth = await residentGrowth(() => put(createReadStream(file)));
  await rm(file);
  return { fileGrowth, putGrowths, getGrowths, streamGrowth };
}

obey<Transfer | Streaming>((command) => (command.how === 'streams' ? stream(command) : transfer(command)));
