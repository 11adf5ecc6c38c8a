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
    [',', 'server 1 of 2 has an empty name'],
    ['a,', 'server 2 of 2 has an empty name'],
    ['a,,b', 'server 2 of 3 has an empty name'],
    [':2181', 'server 1 of 1 has an invalid host name'],
    ['a b:2181', 'server 1 of 1 has an invalid host name'],
    ['a,user@zk', 'server 2 of 2 has an "@" in it. Credentials are passed by the option auth'],
    ['user:pass@zk:2181', 'server 1 of 1 has an "@" in it'],
    ['zk:', 'the port of server 1 of 1 is not a number from 1 to 65535'],
    ['zk:0', 'the port of server 1 of 1 is not a number'],
    ['zk:65536', 'the port of server 1 of 1 is not a number'],
    ['zk:-1', 'the port of server 1 of 1 is not a number'],
    ['zk:1.5', 'the port of server 1 of 1 is not a number'],
    ['zk:1e3', 'the port of server 1 of 1 is not a number'],
    ['zk: 2181', 'the port of server 1 of 1 is not a number'],
    ['a,zk:2181abc', 'the port of server 2 of 2 is not a number'],
    ['::1', 'an IPv6 address goes in brackets'],
    ['::1:2181', 'an IPv6 address goes in brackets'],
    ['[::1', 'is not host:port'],
    ['::1]', 'is not host:port'],
    ['[zk]:2181', 'no IPv6 address'],
    ['[]:2181', 'no IPv6 address'],
    ['[::1]2181', 'is not host:port'],
    ['zk:1:2', 'is not host:port'],
    ['http://zk:2181', "it has a URL's scheme (http://) in it, which is to be left out"],
    ['zk://h1:2181', '(zk://)'],
    ['zookeeper://h1:2181,h2:2181/app', '(zookeeper://)'],
    ['h1:2181,tcp://h2:2181', '(tcp://)'],
    ['ZK://h1:2181', '(ZK://)'],
    ['jdbc:mysql://h1', "it has a URL's scheme in it"],
    ['zk://user:pass@h1:2181', '(zk://)'],
    ['h1:2181/app,h2:2181/app', 'The chroot is written once, after the last server'],
    ['h1:2181/app,h2:2181', 'its chroot has a comma in it'],
    ['h1/a,b', 'its chroot has a comma in it'],
    ['zk:2181//', 'its chroot is no path'],
    ['zk:2181/a/', 'its chroot is no path'],
    ['zk:2181/a//b', 'its chroot is no path'],
    ['zk:2181/../a', 'its chroot is no path'],
    ['zk:2181/a\0', 'its chroot is no path'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseConnectString(text)).toThrow(InvalidArgumentError);
    expect(() => parseConnectString(text)).toThrow(reason);
    expect(() => parseConnectString(text)).toThrow('Expected "host:port,host:port/chroot"');
  });

  it('shows nothing of a text that may have credentials in it', () => {
    for (const text of [
      'user:s3cret@zk:2181',
      'zk:2181,user:s3cret@zk2',
      'user:s3cret',
      'digest:user:s3cret',
      'zk://user:s3cret@zk:2181/app',
      's3cret://zk:2181',
      '[s3cret]:2181',
      's3cret zk:2181',
      'zk:2181/app/s3cret/',
      'zk:2181/app,s3cret:2181',
    ]) {
      expect(() => parseConnectString(text)).toThrow(InvalidArgumentError);
      expect(() => parseConnectString(text)).not.toThrow('s3cret');
    }
  });

  it.each([[undefined], [null], [2181], [['zk:2181']], [new URL('http://zk:2181')]])('refuses %o', (text) => {
    expect(() => parseConnectString(text)).toThrow(InvalidArgumentError);
    expect(() => parseConnectString(text)).toThrow('it is not a string');
  });
});
