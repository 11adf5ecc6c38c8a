import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as front from '../../index.js';
import * as embedded from '../../lib/embedded/index.js';
import * as blobs from '../../recipes/blobs/index.js';
import * as pollers from '../../recipes/pollers/index.js';

type ErrorClass = new (message: string, details: object) => Error;

const exported = Object.entries<unknown>({ ...front, ...embedded, ...blobs, ...pollers });
const classes = exported.filter(
  (entry): entry is [string, ErrorClass] =>
    typeof entry[1] === 'function' && entry[1].prototype instanceof front.ZooKeeperError,
);

/** The details that some classes demand. */
const DEMANDED = { hint: 'renew it', file: 'file', folder: 'folder', offset: 0, pid: 1 };
const OPTIONAL = ['path', 'cause', 'serverCode', 'id', 'url', 'status', 'reason', 'mechanism'];

describe('the print of an error', () => {
  it.each(classes)('%s has no field without a value', (_, Class) => {
    const absent = Object.fromEntries(OPTIONAL.map((name) => [name, undefined]));
    for (const details of [DEMANDED, { ...DEMANDED, ...absent }])
      expect(inspect(new Class('gone', details))).not.toContain('undefined');
  });

  it('is checked for the classes of all entries', () => {
    const names = classes.map(([name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(['NoNodeError', 'TlsError', 'DataLockedError', 'BlobUrlError', 'PollerError']),
    );
  });
});
