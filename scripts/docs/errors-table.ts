import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CORE_CODES, type ErrorCode, makeError } from '../../lib/core/errors.js';
import { EMBEDDED_CODES } from '../../lib/embedded/errors.js';
import { ServerCode } from '../../lib/protocol/server-code.js';
import { serverErrorOf } from '../../lib/protocol/server-error.js';
import { CLIENT_CODES, TlsError } from '../../lib/zookeeper/connection/tls-error.js';
import {
  BLOB_CODES,
  BlobChangedError,
  BlobCorruptError,
  BlobFileError,
  BlobNotFoundError,
  BlobSupersededError,
  BlobTooLargeError,
  BlobUrlError,
  MediaTypeMismatchError,
} from '../../recipes/blobs/errors.js';
import { POLLER_CODES, PollerError, UnsupportedUrlError } from '../../recipes/pollers/errors.js';

const ROW = /^\| `(\w+)` +\| `([A-Z_]+)` +\|.*\| (yes|no) +\|/gm;

/** An error of each code, made by the room that throws it. The embedded server's are never retryable. */
function errorsByCode(): Map<ErrorCode, { readonly name: string; readonly retryable: boolean }> {
  const ofServers = Object.keys(ServerCode).map((code) => serverErrorOf(code as ErrorCode, ''));
  const ofCore = CORE_CODES.map((code) => makeError(code, ''));
  const ofClient = [new TlsError('', { hint: '' })];
  const ofBlobs = [
    new BlobNotFoundError(''),
    new BlobChangedError(''),
    new BlobTooLargeError(''),
    new BlobCorruptError(''),
    new BlobSupersededError(''),
    new MediaTypeMismatchError(''),
    new BlobUrlError(''),
    new BlobFileError('', { file: '' }),
  ];
  const ofPollers = [new PollerError(''), new UnsupportedUrlError('')];
  return new Map([...ofServers, ...ofCore, ...ofClient, ...ofBlobs, ...ofPollers].map((error) => [error.code, error]));
}

/** Throws unless docs/errors.md has every code once, with its class and whether it is retryable. Returns the count. */
export async function checkErrorsTable(root: string): Promise<number> {
  const table = await readFile(join(root, 'docs/errors.md'), 'utf8');
  const rows = [...table.matchAll(ROW)].map(([, name, code, retryable]) => ({ name, code, retryable }));
  const errors = errorsByCode();
  const ofRooms = [...CLIENT_CODES, ...EMBEDDED_CODES, ...BLOB_CODES, ...POLLER_CODES];
  const codes = new Set<ErrorCode>([...errors.keys(), ...ofRooms]);
  for (const code of codes) {
    const [row, second] = rows.filter((each) => each.code === code);
    if (!row || second) throw new Error(`docs/errors.md must have ${code} once`);
    const error = errors.get(code);
    if (error && row.name !== error.name) throw new Error(`docs/errors.md: ${code} is a ${error.name}`);
    const isRetryable = error?.retryable ?? false;
    if (row.retryable !== (isRetryable ? 'yes' : 'no')) throw new Error(`docs/errors.md: is ${code} retryable?`);
  }
  if (rows.length !== codes.size) throw new Error('docs/errors.md has a code that does not exist');
  return codes.size;
}
