import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { parseConnectString } from '../../../lib/zookeeper/connect-string.js';

const server = (host: string, port = 2181) => ({ host, port });

describe('parseConnectString', () => {
  it.each([
    ['zk', [server('zk')], ''],
    ['zk:1', [server('zk', 1)], ''],
    ['zk:65535', [server('zk', 65_535)], ''],
    ['zk/', [server('zk')], ''],
    ['zk/a', [server('zk')], '/a'],
    ['zk:2182/a/b c', [server('zk', 2182)], '/a/b c'],
    ['zk/a ', [server('zk')], '/a'],
    ['a:1,b,c:3', [server('a', 1), server('b'), server('c', 3)], ''],
    [' a:1 , b:2 ', [server('a', 1), server('b', 2)], ''],
    ['a:1,b:2/root', [server('a', 1), server('b', 2)], '/root'],
    ['127.0.0.1:2181', [server('127.0.0.1')], ''],
    ['[::1]', [server('::1')], ''],
    ['[::1]:2182/a', [server('::1', 2182)], '/a'],
    ['[fe80::1]:1,zk_1.example.org:2', [server('fe80::1', 1), server('zk_1.example.org', 2)], ''],
    ['[::ffff:127.0.0.1]:5', [server('::ffff:127.0.0.1', 5)], ''],
    ['höst:5', [server('höst', 5)], ''],
  ])('parses %j', (text, servers, chroot) => {
    expect(parseConnectString(text)).toEqual({ servers, chroot });
  });

  it.each([
    ['', 'it names no server'],
    ['   ', 'it names no server'],
    ['/a', 'it names no server'],
    [',', 'an empty server name'],
    ['a,', 'an empty server name'],
    ['a,,b', 'an empty server name'],
    [':2181', '"" is not a host name'],
    ['a b:2181', '"a b" is not a host name'],
    ['user@zk', '"user@zk" is not a host name'],
    ['zk:', '"" is not a port'],
    ['zk:0', '"0" is not a port'],
    ['zk:65536', '"65536" is not a port'],
    ['zk:-1', '"-1" is not a port'],
    ['zk:1.5', '"1.5" is not a port'],
    ['zk:1e3', '"1e3" is not a port'],
    ['zk: 2181', '" 2181" is not a port'],
    ['zk:2181abc', '"2181abc" is not a port'],
    ['::1', 'an IPv6 address goes in brackets'],
    ['::1:2181', 'an IPv6 address goes in brackets'],
    ['[::1', 'is not host:port'],
    ['::1]', 'is not host:port'],
    ['[zk]:2181', '"zk" is not an IPv6 address'],
    ['[]:2181', '"" is not an IPv6 address'],
    ['[::1]2181', 'is not host:port'],
    ['zk:1:2', 'is not host:port'],
    ['http://zk:2181', 'is malformed'],
    ['zk:2181//', 'its chroot is no path'],
    ['zk:2181/a/', 'its chroot is no path'],
    ['zk:2181/a//b', 'its chroot is no path'],
    ['zk:2181/../a', 'its chroot is no path'],
    ['zk:2181/a\0', 'its chroot is no path'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseConnectString(text)).toThrow(InvalidArgumentError);
    expect(() => parseConnectString(text)).toThrow(reason);
    expect(() => parseConnectString(text)).toThrow(JSON.stringify(text));
  });

  it.each([[undefined], [null], [2181], [['zk:2181']], [new URL('http://zk:2181')]])('refuses %o', (text) => {
    expect(() => parseConnectString(text)).toThrow(InvalidArgumentError);
    expect(() => parseConnectString(text)).toThrow('it is not a string');
  });
});
