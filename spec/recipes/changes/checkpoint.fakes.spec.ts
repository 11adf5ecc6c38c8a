import { describe, expect, it } from 'vitest';
import { Checkpoint, InvalidArgumentError, InvalidCheckpointError } from '../../../index.js';
import type { KnownZnode } from '../../../recipes/changes/index.js';

const known = (...znodes: KnownZnode[]) => Object.assign(znodes, { size: znodes.length });
const znode = (path: string, czxid: bigint, mzxid = czxid, isEphemeral = false): KnownZnode => ({
  path,
  czxid,
  mzxid,
  isEphemeral,
  isUnreadable: mzxid === 9n,
});

const ZNODES = [znode('/a', 3n), znode('/a/b', 5n, 9n, true), znode('/a/b-', 4n), znode('/a/ü', 2n ** 62n, 2n ** 63n)];
const checkpoint = new Checkpoint({ root: '/a', position: 2n ** 40n + 1n, known: known(...ZNODES) });

describe('a checkpoint', () => {
  it('comes back from its bytes', () => {
    const copy = Checkpoint.from(checkpoint.toBytes());
    expect([copy.root, copy.position, copy.size]).toEqual(['/a', 2n ** 40n + 1n, 4]);
    expect([...(copy.known ?? [])]).toEqual(ZNODES);
    expect([...(copy.known ?? [])]).toEqual(ZNODES);
    expect(copy.toBytes()).toEqual(checkpoint.toBytes());
  });

  it('is described in JSON by its position and size', () => {
    expect(JSON.stringify({ checkpoint })).toBe('{"checkpoint":{"position":"1099511627777","size":4}}');
  });

  it('of a position alone, or of no znode, comes back as such', () => {
    const alone = Checkpoint.from(new Checkpoint({ root: '/', position: 7n, known: null }).toBytes());
    expect([alone.root, alone.position, alone.size, alone.known]).toEqual(['/', 7n, 0, null]);
    const empty = Checkpoint.from(new Checkpoint({ root: '/', position: 7n, known: known() }).toBytes());
    expect([...(empty.known ?? [])]).toEqual([]);
    expect(empty.size).toBe(0);
  });

  it('takes a few bytes per znode', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      znode(`/jobs/queue/job-${String(index).padStart(10, '0')}`, 2n ** 34n + BigInt(index)),
    );
    const root = znode('/jobs', 2n ** 34n);
    const bytes = new Checkpoint({ root: '/jobs', position: 2n ** 35n, known: known(root, ...many) }).toBytes();
    expect(bytes.length).toBeLessThan(7 * many.length);
  });

  it('is not changed by a change of the bytes that it was made of', () => {
    const bytes = checkpoint.toBytes();
    const copy = Checkpoint.from(bytes);
    bytes.fill(0);
    expect([...(copy.known ?? [])]).toEqual(ZNODES);
  });

  it('is refused with any byte changed, cut off or added', () => {
    const bytes = checkpoint.toBytes();
    const broken: Uint8Array[] = [Buffer.concat([bytes, Buffer.from([0])])];
    for (let index = 0; index < bytes.length; index += 1) {
      broken.push(bytes.subarray(0, index));
      for (const bits of [0x01, 0x80]) {
        const copy = Buffer.from(bytes);
        copy[index] = (copy[index] as number) ^ bits;
        broken.push(copy);
      }
    }
    for (const each of broken) expect(() => Checkpoint.from(each)).toThrow(InvalidCheckpointError);
  });

  it('is refused with znodes that are out of order, twice there, or elsewhere', () => {
    const bad = [
      [znode('/a', 1n), znode('/a/c', 1n), znode('/a/b', 1n)],
      [znode('/a', 1n), znode('/a/b', 1n), znode('/a/b', 1n)],
      [znode('/a', 1n), znode('/ab', 1n)],
      [znode('/a/b', 1n)],
    ];
    for (const znodes of bad) {
      const bytes = new Checkpoint({ root: '/a', position: 1n, known: known(...znodes) }).toBytes();
      expect(() => Checkpoint.from(bytes)).toThrow('the bytes are no checkpoint, as they are malformed');
    }
  });

  it('of a later format is refused by its version', () => {
    const bytes = checkpoint.toBytes();
    bytes[4] = 9;
    expect(() => Checkpoint.from(bytes)).toThrow('of their version, 9, nothing is known');
  });

  it.for([undefined, null, 'zkcp', 7, [122, 107], {}])('is not made of %j', (value) => {
    expect(() => Checkpoint.from(value as Uint8Array)).toThrow(InvalidArgumentError);
    expect(() => Checkpoint.from(value as Uint8Array)).toThrow('bytes must be a Buffer or Uint8Array');
  });
});
