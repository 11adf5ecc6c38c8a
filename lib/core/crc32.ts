import { nodeModule } from './node-module.js';

const zlib = nodeModule('node:zlib');

/** The CRC-32 of bytes, as of gzip and PNG. */
export function crc32(bytes: Uint8Array): number {
  return zlib ? zlib.crc32(bytes) : crc32ByTable(bytes);
}

let table: Uint32Array | undefined;

/** The same where there is no module of Node. */
export function crc32ByTable(bytes: Uint8Array): number {
  table ??= makeTable();
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] as number) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
    return rest;
  });
}
