import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listTree } from '../../../lib/cli/list-tree.js';
import type { ZnodeRead } from '../../../lib/core/coordination-client.js';
import { NoAuthError, NoNodeError, ZooKeeperError } from '../../../lib/core/errors.js';
import { FakeClient } from '../../../testing/fake-client.js';

const NEVER = new AbortController().signal;

/** The callback of a write. */
type Done = () => void;

class Client extends FakeClient {
  readMany(paths: readonly string[]): Promise<(ZnodeRead | ZooKeeperError)[]> {
    const data = Buffer.alloc(0);
    const reads = paths.map((path) => this.getChildren(path).then((read) => ({ ...read, data })));
    return Promise.all(reads.map((read) => read.catch((error) => error)));
  }
}

let client: Client;
let printed: string[];
let warnings: string[];

beforeEach(() => {
  client = new Client();
  for (const path of ['/a', '/a/b', '/a/b/c', '/a/d']) client.tree.create(path);
  printed = [];
  warnings = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text, done) => {
    printed.push(String(text));
    (done as unknown as Done)();
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => warnings.push(String(text)) > 0);
});

afterEach(() => vi.restoreAllMocks());

/** Lists /a, and returns the paths printed. */
async function list(signal = NEVER): Promise<string[]> {
  await listTree(client, '/a', { isJson: false, signal });
  return printed.join('').trimEnd().split('\n');
}

describe('a recursive listing', () => {
  it('leaves out the znodes that were deleted meanwhile, and warns once', async () => {
    client.readError = (_operation, path) => {
      for (const gone of path === '/a/b' ? ['/a/b/c', '/a/b', '/a/d'] : []) client.tree.delete(gone);
    };
    expect(await list()).toEqual(['/a']);
    expect(warnings).toEqual(['zk-recipes: znodes deleted during the listing, and left out: 2\n']);
  });

  it('lists a znode that may not be read, without those below it, and fails once all others are printed', async () => {
    client.readError = (operation, path) =>
      operation === 'getChildren' && path !== '/a' ? new NoAuthError('no') : undefined;
    await expect(list()).rejects.toThrow(
      'znodes that may not be read (NO_AUTH), so that nothing below them is listed: 2, the first is /a/b',
    );
    expect(printed.join('')).toBe('/a\n/a/b\n/a/d\n');
  });

  it('leaves out a znode that may not be read and was deleted meanwhile', async () => {
    client.readError = (operation, path) => {
      if (operation === 'exists') client.tree.delete('/a/d');
      return operation === 'getChildren' && path === '/a/d' ? new NoAuthError('no') : undefined;
    };
    expect(await list()).toEqual(['/a', '/a/b', '/a/b/c']);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ['a missing znode', new NoNodeError('no'), '/a'],
    ['a znode that may not be read', new NoAuthError('no'), '/a'],
    ['another failure below it', new ZooKeeperError('REPLY_TOO_LARGE', 'too large'), '/a/b'],
  ])('fails with the error of %s, and prints nothing', async (_name, error, where) => {
    client.readError = (_operation, path) => (path === where ? error : undefined);
    await expect(list()).rejects.toBe(error);
    expect(printed).toEqual([]);
  });

  it('lets the event loop turn while it prints, and ends there when the command ends', async () => {
    const ending = new AbortController();
    for (let index = 0; index < 2_000; index += 1) client.tree.create(`/a/d/${index}`);
    vi.mocked(process.stdout.write).mockImplementation((text, done) => {
      printed.push(String(text));
      (done as unknown as Done)();
      setImmediate(() => ending.abort());
      return true;
    });
    await expect(list(ending.signal)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(printed).toHaveLength(1);
  });
});
