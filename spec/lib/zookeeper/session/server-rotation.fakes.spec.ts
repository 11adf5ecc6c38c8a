import { describe, expect, it } from 'vitest';
import { ServerRotation } from '../../../../lib/zookeeper/session/server-rotation.js';

const servers = ['a', 'b', 'c'].map((host) => ({ host, port: 1 }));

const hosts = (rotation: ServerRotation, count: number): string =>
  Array.from({ length: count }, () => rotation.next().host).join('');

function failedTimes(times: number): ServerRotation {
  const rotation = new ServerRotation(servers);
  for (let time = 0; time < times; time += 1) rotation.failed();
  return rotation;
}

describe('ServerRotation', () => {
  it('goes round through all servers, again and again', () => {
    const round = hosts(new ServerRotation(servers), 9);
    expect([...round.slice(0, 3)].sort().join('')).toBe('abc');
    expect(round).toBe(round.slice(0, 3).repeat(3));
  });

  it('begins anywhere, and goes on in any order', () => {
    const rounds = new Set(Array.from({ length: 500 }, () => hosts(new ServerRotation(servers), 3)));
    expect([...rounds].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });

  it('leaves the order of the list that it was given alone', () => {
    new ServerRotation(servers);
    expect(servers.map(({ host }) => host)).toEqual(['a', 'b', 'c']);
  });

  it('stays at a server when told so', () => {
    const rotation = new ServerRotation(servers);
    const first = rotation.next();
    rotation.stay();
    expect(rotation.next()).toBe(first);
  });

  it('does not wait before each server has failed once', () => {
    expect([0, 1, 2].map((times) => failedTimes(times).delay)).toEqual([0, 0, 0]);
  });

  it('waits longer and longer then, but never much', () => {
    expect(failedTimes(3).delay).toBeGreaterThan(0);
    expect(failedTimes(3).delay).toBeLessThanOrEqual(50);
    expect(failedTimes(1_000).delay).toBeGreaterThanOrEqual(250);
    expect(failedTimes(1_000).delay).toBeLessThanOrEqual(500);
  });

  it('does not wait again once a connection has held', () => {
    const rotation = failedTimes(50);
    rotation.succeeded();
    expect(rotation.delay).toBe(0);
  });

  it('tries all servers within the third of the session timeout that a silence leaves', () => {
    const [first, second, third] = [0, 1, 2].map((times) => failedTimes(times).attemptTimeout(9_000)) as number[];
    expect((first ?? 0) + (second ?? 0) + (third ?? 0)).toBeLessThanOrEqual(3_000);
  });

  it('gives attempts more time in each round, up to the session timeout', () => {
    const rounds = [0, 3, 6, 9, 300].map((times) => failedTimes(times).attemptTimeout(9_000));
    for (const [round, time] of rounds.slice(1).entries()) expect(time).toBeGreaterThan(rounds[round] as number);
    expect(rounds.at(-1)).toBe(9_000);
  });

  it('never gives an attempt so little time that a busy server cannot answer', () => {
    expect(failedTimes(0).attemptTimeout(10)).toBeGreaterThanOrEqual(100);
  });
});
