import { crc32 as crc32OfNode } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32, crc32ByTable } from '../../../lib/core/crc32.js';

it('gives the CRC-32 of gzip, with and without the module of Node', () => {
  const all = Uint8Array.from({ length: 1_000 }, (_, index) => (index * index) % 256);
  for (const bytes of [new Uint8Array(0), Uint8Array.of(0), Buffer.from('123456789'), all]) {
    expect([crc32(bytes), crc32ByTable(bytes)]).toEqual([crc32OfNode(bytes), crc32OfNode(bytes)]);
  }
  expect(crc32ByTable(Buffer.from('123456789'))).toBe(0xcbf43926);
});
