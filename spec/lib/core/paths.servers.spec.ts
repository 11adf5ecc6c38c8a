import { describe, expect, it as unit } from 'vitest';
import { OPEN_ACL } from '../../../lib/core/open-acl.js';
import { childOf, parentOf, validatePath, validateSequentialPath } from '../../../lib/core/paths.js';
import { createRequest } from '../../../lib/protocol/requests.js';
import type { Connection } from '../../../lib/zookeeper/connection/connection.js';
import { connectTcp } from '../../../lib/zookeeper/connection/socket.js';
import { it } from '../../support/fixtures.js';

/** The ends of paths below a znode that exists and has a child `a`. */
const ODD_ENDS = [
  ...['', '/', '//', '/a/', '//a', '/a//b', '/.', '/..', '/./b', '/../b', '/a/.', '/a/..', '/a/./b', '/a/../b'],
  ...['/...', '/.hidden', '/..b', '/b..', '/b.', '/ ', '/ b', '/b c', '/%2F', '/?', '/#', '/\\', '/*', '/:', '/"'],
  ...['/\0', '/b\0c', '/\u0001', '/\t', '/\n', '/\u001e', '/\u001f', '/\u007f', '/\u0080', '/\u009e', '/\u009f'],
  ...['/\u00a0', '/é', '/日本', '/\ud7ff', '/\ud800', '/\ud801', '/\udc00', '/\udfff', '/😀', '/\ue000', '/\uf8fe'],
  ...['/\uf8ff', '/\uf900', '/\ufeff', '/\ufff0', '/\ufff1', '/\ufffd', '/\ufffe', '/\uffff', `/${'n'.repeat(5_000)}`],
];

const NODE_EXISTS = -110;

function open(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const server = { host: '127.0.0.1', port };
    const connection = connectTcp(
      { server, sessionTimeout: 10_000, session: null, lastZxid: 0n, auth: [] },
      {
        opened: () => resolve(connection),
        heard: () => {},
        reached: () => {},
        receiving: () => {},
        event: () => {},
        closed: ({ cause }) => reject(cause),
      },
    );
  });
}

function isAcceptedByServer(connection: Connection, path: string, mode: 'persistent' | 'persistent-sequential') {
  const wire = createRequest(path, Buffer.alloc(0), OPEN_ACL, mode);
  return new Promise<boolean>((resolve) => {
    connection.request(wire, (error) => resolve(error === 0 || error === NODE_EXISTS));
  });
}

function isAcceptedByUs(validate: (path: unknown) => void, path: unknown): boolean {
  try {
    validate(path);
    return true;
  } catch {
    return false;
  }
}

function name(path: string, chroot: string): string {
  const end = path.startsWith(chroot) ? path.slice(chroot.length) : path;
  return [...end.slice(0, 20)]
    .map((char) => (/[ -~]/.test(char) ? char : `\\u${char.charCodeAt(0).toString(16)}`))
    .join('');
}

describe('validatePath', () => {
  it('accepts exactly the paths that a server accepts', async ({ client, chroot, port }) => {
    await client.create('/a');
    const connection = await open(port);
    const [ours, theirs]: [string[], string[]] = [[], []];
    for (const path of ['/', 'a', 'a/b', ...ODD_ENDS.map((end) => chroot + end)]) {
      if (isAcceptedByUs(validatePath, path)) ours.push(name(path, chroot));
      if (await isAcceptedByServer(connection, path, 'persistent')) theirs.push(name(path, chroot));
    }
    connection.destroy();
    expect(ours).toEqual(theirs);
  });

  it('accepts for sequential znodes exactly the paths that a server accepts', async ({ client, chroot, port }) => {
    await client.create('/a');
    const connection = await open(port);
    const [ours, theirs]: [string[], string[]] = [[], []];
    for (const path of ['a', ...ODD_ENDS.map((end) => chroot + end)]) {
      if (isAcceptedByUs(validateSequentialPath, path)) ours.push(name(path, chroot));
      if (await isAcceptedByServer(connection, path, 'persistent-sequential')) theirs.push(name(path, chroot));
    }
    connection.destroy();
    expect(ours).toEqual(theirs);
  });

  unit.each([[undefined], [null], [1], [{}], [Buffer.from('/a')], [new String('/a')]])('refuses %o', (path) => {
    expect(() => validatePath(path)).toThrow(
      expect.objectContaining({ code: 'INVALID_PATH', name: 'InvalidPathError' }),
    );
  });

  unit('names the path and the reason', () => {
    expect(() => validatePath('/a//b')).toThrow('"/a//b" is not a znode path: it has an empty name in it ("//")');
    expect(() => validatePath('/a\u0001')).toThrow(
      '"/a\\u0001" is not a znode path: it has a character that ZooKeeper',
    );
  });
});

unit('parentOf() returns the path that was passed to childOf(), and null for the root', () => {
  for (const path of ['/', '/a', '/a/b', '/a/b/c d']) expect(parentOf(childOf(path, 'name'))).toBe(path);
  expect(parentOf('/')).toBe(null);
});
