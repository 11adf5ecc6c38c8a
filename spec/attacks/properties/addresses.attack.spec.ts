import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { InvalidArgumentError, InvalidPathError } from '../../../lib/core/errors.js';
import { childOf, flawOf, parentOf, validatePath } from '../../../lib/core/paths.js';
import { type ConnectString, parseConnectString } from '../../../lib/zookeeper/connect-string.js';
import { Chroot } from '../../../lib/zookeeper/session/chroot.js';
import { holds } from './holds.js';

const name = fc
  .string({
    unit: fc.constantFrom('a', 'Z', '0', '-', '.', ' ', 'é', '日', '\u00a0', ':', ',', '#'),
    minLength: 1,
    maxLength: 8,
  })
  .filter((text) => text !== '.' && text !== '..');
const path = fc.array(name, { maxLength: 4 }).map((names) => `/${names.join('/')}`);
/** Trailing spaces belong to the connect string; a comma shows that the chroot was written behind each server. */
const chroot = path
  .map((text) => text.replaceAll(',', '').trimEnd())
  .filter((text) => text === '/' || flawOf(text) === null);

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(
      '/',
      '.',
      'a',
      '..',
      '/.',
      '\0',
      '\u001f',
      '\u007f',
      '\u009f',
      '\u00a0',
      '\ud7ff',
      '\ud800',
      '😀',
      '\uf8ff',
      '\uf900',
      '\uffef',
      '\ufff0',
    ),
  }),
  fc.string({ unit: fc.constantFrom('a', 'b.c', ':', ',', '1', '99999', '/', '[', ']', '::1', ' ', '@') }),
);

const server = fc.record({
  host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constantFrom('localhost', 'zk_1', 'höst')),
  port: fc.option(fc.integer({ min: 1, max: 65_535 })),
  before: fc.constantFrom('', ' ', '\t'),
  after: fc.constantFrom('', ' '),
});

const print = ({ servers, chroot }: ConnectString): string =>
  servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',') + chroot;

/** The rules of the real server's PathUtils.validatePath, character by character. */
function isPathToServer(text: string): boolean {
  if (text.length === 0 || text[0] !== '/') return false;
  if (text.length === 1) return true;
  if (text.endsWith('/')) return false;
  for (let at = 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isEnd = at + 1 === text.length || text[at + 1] === '/';
    if (code === 0) return false;
    if (text[at] === '/' && text[at - 1] === '/') return false;
    if (text[at] === '.' && isEnd && (text[at - 1] === '/' || (text[at - 1] === '.' && text[at - 2] === '/')))
      return false;
    if (code <= 0x1f || (code >= 0x7f && code <= 0x9f) || (code >= 0xd800 && code <= 0xf8ff) || code >= 0xfff0)
      return false;
  }
  return true;
}

describe('a connect string', () => {
  holds(
    'is read as what it was made of',
    fc.tuple(fc.array(server, { minLength: 1, maxLength: 5 }), chroot),
    ([servers, chroot]) => {
      const hosts = servers.map(({ host, port, before, after }) => {
        return `${before}${host.includes(':') ? `[${host}]` : host}${port === null ? '' : `:${port}`}${after}`;
      });
      expect(parseConnectString(hosts.join(',') + chroot)).toEqual({
        servers: servers.map(({ host, port }) => ({ host, port: port ?? 2181 })),
        chroot: chroot === '/' ? '' : chroot,
      });
    },
  );

  holds(
    'is refused as an invalid argument, or means the same when it is written down again',
    oddText,
    (text) => {
      let meaning: ConnectString;
      try {
        meaning = parseConnectString(text);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidArgumentError);
        return;
      }
      expect(parseConnectString(print(meaning))).toEqual(meaning);
    },
    3_000,
  );
});

describe('a path', () => {
  holds(
    'is one exactly when a server takes it',
    fc.oneof(
      oddText,
      oddText.map((text) => `/${text}`),
    ),
    (text) => {
      expect(flawOf(text) === null).toBe(isPathToServer(text));
      if (flawOf(text) === null) validatePath(text);
      else expect(() => validatePath(text)).toThrow(InvalidPathError);
    },
    3_000,
  );

  holds('is the parent of its children', fc.tuple(path, name), ([parent, child]) => {
    expect(parentOf(childOf(parent, child))).toBe(parent);
  });

  holds('is found again under any chroot', fc.tuple(chroot, path), ([root, path]) => {
    const { absolute, relative } = bound(new Chroot(root === '/' ? '' : root));
    expect(relative(absolute(path))).toBe(path);
    expect(flawOf(absolute(path))).toBe(null);
  });
});

function bound(chroot: Chroot): { absolute: (path: string) => string; relative: (path: string) => string } {
  return { absolute: (path) => chroot.absolute(path), relative: chroot.relative };
}
