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
  it('cycles through all servers', () => {
    const round = hosts(new ServerRotation(servers), 9);
    expect([...round.slice(0, 3)].sort().join('')).toBe('abc');
    expect(round).toBe(round.slice(0, 3).repeat(3));
  });

  it('starts with a random server, and continues in a random order', () => {
    const rounds = new Set(Array.from({ length: 500 }, () => hosts(new ServerRotation(servers), 3)));
    expect([...rounds].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });

  it('does not reorder the list that it was given', () => {
    new ServerRotation(servers);
    expect(servers.map(({ host }) => host)).toEqual(['a', 'b', 'c']);
  });

  it('returns the same server again after stay()', () => {
    const rotation = new ServerRotation(servers);
    const first = rotation.next();
    rotation.stay();
    expect(rotation.next()).toBe(first);
  });

  it('has no delay before each server has failed once', () => {
    expect([0, 1, 2].map((times) => failedTimes(times).delay)).toEqual([0, 0, 0]);
  });

  it('has growing delays then, of at most half a second', () => {
    expect(failedTimes(3).delay).toBeGreaterThan(0);
    expect(failedTimes(3).delay).toBeLessThanOrEqual(50);
    expect(failedTimes(1_000).delay).toBeGreaterThanOrEqual(250);
    expect(failedTimes(1_000).delay).toBeLessThanOrEqual(500);
  });

  it('has no delay again once a connection has succeeded', () => {
    const rotation = failedTimes(50);
    rotation.succeeded();
    expect(rotation.delay).toBe(0);
  });

  it('fits one attempt for each server into the third of the session timeout that remains after a silence', () => {
    const [first, second, third] = [0, 1, 2].map((times) => failedTimes(times).attemptTimeout(9_000)) as number[];
    expect((first ?? 0) + (second ?? 0) + (third ?? 0)).toBeLessThanOrEqual(3_000);
  });

  it('gives attempts more time in each round, up to the session timeout', () => {
    const rounds = [0, 3, 6, 9, 300].map((times) => failedTimes(times).attemptTimeout(9_000));
    for (const [round, time] of rounds.slice(1).entries()) expect(time).toBeGreaterThan(rounds[round] as number);
    expect(rounds.at(-1)).toBe(9_000);
  });

  it('gives an attempt at least 100 ms, so that a busy server can answer', () => {
    expect(failedTimes(0).attemptTimeout(10)).toBeGreaterThanOrEqual(100);
  });
});
