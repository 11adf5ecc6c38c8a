import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { type BlobContent, BlobValue } from '../../../recipes/blobs/index.js';
import type { Progress } from '../progress.js';
import { readStdin } from '../read-input.js';
import { UsageError } from '../usage-error.js';

/** By the end of a file's name. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css;charset=utf-8',
  '.csv': 'text/csv;charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html;charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript;charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown;charset=utf-8',
  '.pdf': 'application/pdf',
  '.pem': 'application/x-pem-file',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.toml': 'application/toml',
  '.txt': 'text/plain;charset=utf-8',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};

/** The media type of a file by its name; `undefined` where that says nothing. */
export function mediaTypeOf(file: string): string | undefined {
  return MEDIA_TYPES[extname(file).toLowerCase()];
}

/** The content of a file, of a pipe by its name, or with `-` of stdin. */
export async function toContent(file: string, progress: Progress): Promise<BlobContent> {
  if (file === '') throw new UsageError('which file?');
  if (file === '-') return pieces(readStdin(), progress);
  const isStream = await stat(file).then(
    (stats) => !stats.isFile() && !stats.isDirectory(),
    () => false,
  );
  if (isStream) return pieces(createReadStream(file), progress);
  const value = await BlobValue.fromFile(file);
  const open = async () => {
    progress.begin(await value.size());
    return progress.count(await value.open());
  };
  return new BlobValue({ size: () => value.size(), open });
}

/** Content that can be read only once. */
async function* pieces(stream: AsyncIterable<Buffer>, progress: Progress): AsyncGenerator<Buffer, void> {
  progress.begin(null);
  for await (const piece of stream) {
    progress.add(piece.byteLength);
    yield piece;
  }
}
