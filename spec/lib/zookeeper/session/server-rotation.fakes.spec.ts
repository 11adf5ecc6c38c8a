import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../lib/zookeeper/session/address-book.js';
import { type Outcome, ServerRotation } from '../../../../lib/zookeeper/session/server-rotation.js';

const T = 9_000;
const GONE = new Error('getaddrinfo ENOTFOUND');
const server = (host: string): Target => ({ host, port: 1, address: host });
const servers = ['a', 'b', 'c'].map(server);

function rotationOf(targets: readonly Target[] = servers): ServerRotation {
  const rotation = new ServerRotation();
  rotation.update(targets);
  return rotation;
}

const choose = (rotation: ServerRotation, isSaving: boolean): Target => rotation.next(isSaving) as Target;

/** Lets so many attempts end like that. Returns the hosts in the order of the attempts. */
function attempt(rotation: ServerRotation, times: number, outcome: Outcome, isSaving = false): string {
  const hosts = Array.from({ length: times }, () => {
    const target = choose(rotation, isSaving);
    rotation.failed(target, outcome);
    return target.host;
  });
  return hosts.join('');
}

function failedTimes(times: number): ServerRotation {
  const rotation = rotationOf();
  attempt(rotation, times, 'failed');
  return rotation;
}

describe('ServerRotation', () => {
  it('cycles through all servers', () => {
    const round = attempt(rotationOf(), 9, 'failed');
    expect([...round.slice(0, 3)].sort().join('')).toBe('abc');
    expect(round).toBe(round.slice(0, 3).repeat(3));
  });

  it('starts with a random server, and continues in a random order', () => {
    const rounds = new Set(Array.from({ length: 500 }, () => attempt(rotationOf(), 3, 'failed')));
    expect([...rounds].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });

  it('has no server before it is given one', () => {
    const rotation = new ServerRotation();
    expect([rotation.next(false), rotation.delay(T, null), rotation.isBetweenRounds]).toEqual([undefined, 0, true]);
    rotation.update(servers);
    expect(rotation.next(false)).toBeDefined();
  });

  it('does not reorder the list that it was given', () => {
    rotationOf();
    expect(servers.map(({ host }) => host)).toEqual(['a', 'b', 'c']);
  });

  it('tries a new server in the present round, and a server that is gone no more', () => {
    const rotation = rotationOf();
    const first = attempt(rotation, 1, 'failed');
    const others = servers.filter(({ host }) => host !== first);
    const [gone] = others;
    rotation.update([...servers.filter((target) => target !== gone), server('d')]);
    const rest = attempt(rotation, 2, 'failed');
    expect([...rest].sort().join('')).toBe([others[1]?.host, 'd'].sort().join(''));
    expect(rotation.isBetweenRounds).toBe(true);
  });

  it('keeps its order and its place when the same servers are found again', () => {
    const rotation = rotationOf();
    const round = attempt(rotation, 3, 'failed');
    const [first] = attempt(rotation, 1, 'failed');
    rotation.update([...servers].reverse().map((target) => ({ ...target })));
    expect(first + attempt(rotation, 2, 'failed')).toBe(round);
  });

  it('returns the same server again after stay()', () => {
    const rotation = rotationOf();
    const first = rotation.next(false);
    rotation.stay();
    expect(rotation.next(false)).toBe(first);
  });

  it('has no delay before each server has failed once', () => {
    expect([0, 1, 2].map((times) => failedTimes(times).delay(T, null))).toEqual([0, 0, 0]);
  });

  it('has growing delays then, of at most half a second', () => {
    expect(failedTimes(3).delay(T, null)).toBeGreaterThan(0);
    expect(failedTimes(3).delay(T, null)).toBeLessThanOrEqual(50);
    expect(failedTimes(1_000).delay(T, null)).toBeGreaterThanOrEqual(250);
    expect(failedTimes(1_000).delay(T, null)).toBeLessThanOrEqual(500);
  });

  it('has no delay after attempts that timed out, while the next ones get longer: they were pauses by themselves', () => {
    const rotation = rotationOf();
    attempt(rotation, 3 * 4, 'unanswered');
    expect(rotation.delay(T, null)).toBe(0);
  });

  it('has random delays when attempts that timed out cannot get longer, so that a crowd of clients spreads', () => {
    const rotation = rotationOf();
    attempt(rotation, 3 * 5, 'unanswered');
    const delays = Array.from({ length: 200 }, () => rotation.delay(T, null));
    expect(Math.max(...delays)).toBeLessThanOrEqual(5_000);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(2_500);
  });

  it('has no such delay in a round that is not over, nor while a session is to be saved', () => {
    const rotation = rotationOf();
    attempt(rotation, 3 * 5, 'unanswered');
    expect(rotation.delay(T, T)).toBe(0);
    attempt(rotation, 1, 'unanswered');
    expect(rotation.delay(T, null)).toBe(0);
  });

  it('has no delay again once a connection has succeeded', () => {
    const rotation = failedTimes(50);
    rotation.succeeded();
    expect(rotation.delay(T, null)).toBe(0);
  });
});

describe('the time of an attempt without a session', () => {
  const timeAfter = (rounds: number, sessionTimeout = T): number => {
    const rotation = rotationOf();
    attempt(rotation, rounds * 3, 'unanswered');
    rotation.next(false);
    const { reach, answer } = rotation.times(sessionTimeout, null);
    expect(answer).toBe(reach);
    return answer;
  };

  it('fits one round over all servers into a third of the session timeout', () => {
    expect(timeAfter(0) * 3).toBeLessThanOrEqual(T / 3);
  });

  it('grows in each round, up to the session timeout', () => {
    const rounds = [0, 1, 2, 3, 100].map((rounds) => timeAfter(rounds));
    for (const [round, time] of rounds.slice(1).entries()) expect(time).toBeGreaterThan(rounds[round] as number);
    expect(rounds.at(-1)).toBe(T);
  });

  it('is at least 100 ms, so that a busy server can answer', () => {
    expect(timeAfter(0, 10)).toBeGreaterThanOrEqual(100);
  });
});

describe('the attempts while a session is to be saved', () => {
  const EVERYTHING = Number.POSITIVE_INFINITY;

  /** The times of the next attempt. */
  const times = (rotation: ServerRotation, remaining: number): { host: string; reach: number; answer: number } => ({
    host: choose(rotation, true).host,
    ...rotation.times(T, remaining),
  });

  it('take less than a tenth of the session timeout for a first round over all servers', () => {
    const rotation = rotationOf();
    const round = servers.map(() => {
      const { answer } = times(rotation, T);
      rotation.failed(servers.find(({ host }) => host === 'a') as Target, 'unanswered');
      return answer;
    });
    expect(round.reduce((sum, time) => sum + time, 0)).toBeLessThan(T / 10);
  });

  it('give a server all that is left once a round has only timed out', () => {
    const rotation = rotationOf();
    attempt(rotation, 3, 'unanswered', true);
    expect(times(rotation, T * 0.6).answer).toBe(EVERYTHING);
  });

  it('leave something to another server when much is left: the first one may hang', () => {
    const rotation = rotationOf();
    attempt(rotation, 3, 'unanswered', true);
    const { answer } = times(rotation, T * 0.9);
    expect(answer).toBeGreaterThan(T * 0.6);
    expect(answer).toBeLessThan(T * 0.7);
    const alone = rotationOf([server('a')]);
    attempt(alone, 1, 'unanswered', true);
    expect(times(alone, T * 0.9).answer).toBe(EVERYTHING);
  });

  it('prefer servers that accept connections, and the one that fell silent last of these', () => {
    for (let nth = 0; nth < 50; nth += 1) {
      const rotation = rotationOf();
      for (const { host } of servers) {
        const target = choose(rotation, true);
        rotation.failed(target, target.host === 'a' ? 'unreached' : 'unanswered');
        expect(host).toBeDefined();
      }
      rotation.fellSilent(server('b'));
      expect(times(rotation, T * 0.6)).toMatchObject({ host: 'c', answer: EVERYTHING });
      rotation.failed(server('c'), 'failed');
      expect(times(rotation, T * 0.5)).toMatchObject({ host: 'b', answer: EVERYTHING });
      rotation.failed(server('b'), 'failed');
      expect(times(rotation, T * 0.4).host).toBe('a');
    }
  });

  it('do not wait long for a TCP connection: a network that is back does not carry what was lost', () => {
    const rotation = rotationOf();
    attempt(rotation, 3, 'unreached', true);
    const { reach, answer } = times(rotation, T * 0.6);
    expect(answer).toBe(reach);
    expect(reach).toBeLessThan(T / 10);
  });

  describe('when one server is slow, and the others fail at once,', () => {
    function rotationOfSlow(): ServerRotation {
      const rotation = rotationOf();
      for (let nth = 0; nth < 3; nth += 1) {
        const target = choose(rotation, true);
        rotation.failed(target, target.host === 'a' ? 'unanswered' : 'failed');
      }
      return rotation;
    }

    it('ask the others first, without a pause, and then give the slow one time for a handshake of 0.6 T', () => {
      const rotation = rotationOfSlow();
      expect(rotation.delay(T, T * 0.9)).toBe(0);
      expect([...attempt(rotation, 2, 'failed', true)].sort()).toEqual(['b', 'c']);
      expect(rotation.delay(T, T * 0.9)).toBe(0);
      expect(times(rotation, T * 0.9)).toMatchObject({ host: 'a', answer: T * 0.65 });
    });

    it.each([
      [0.7, 0.5],
      [0.3, 0.15],
    ])('leave some of the rest to the others, and at most half: of %d T the slow one gets %d T', (rest, answer) => {
      const rotation = rotationOfSlow();
      attempt(rotation, 2, 'failed', true);
      expect(times(rotation, T * rest).answer).toBeCloseTo(T * answer);
    });

    it.each([1, 2])('count a name without an address as no server: with %i of them', (unnamed) => {
      const names: Target[] = ['x', 'y']
        .slice(0, unnamed)
        .map((host) => ({ host, port: 1, address: null, reason: GONE }));
      const rotation = rotationOf([...servers.slice(0, 3 - unnamed), ...names]);
      for (let nth = 0; nth < 3; nth += 1) {
        const target = choose(rotation, true);
        rotation.failed(target, target.address === null ? 'unnamed' : 'unanswered');
      }
      attempt(rotation, unnamed, 'unnamed', true);
      expect(times(rotation, T * 0.7)).toMatchObject({ answer: unnamed === 2 ? EVERYTHING : T * 0.65 });
    });

    it('pause before the servers that fail at once, when the slow one fails as well', () => {
      const rotation = rotationOfSlow();
      attempt(rotation, 3, 'failed', true);
      expect(rotation.delay(T, T * 0.3)).toBeGreaterThan(0);
    });
  });

  it('do not take a server for a failing one whose connection ended soon: it has answered a handshake', () => {
    const alone = rotationOf([server('a')]);
    attempt(alone, 1, 'ended', true);
    expect(times(alone, T * 0.9).answer).toBeLessThan(T / 10);
    alone.failed(server('a'), 'unanswered');
    expect(times(alone, T * 0.8).answer).toBe(EVERYTHING);

    const rotation = rotationOf();
    const [ended] = attempt(rotation, 1, 'ended', true);
    attempt(rotation, 2, 'unanswered', true);
    expect(times(rotation, T * 0.6).host).toBe(ended);
    rotation.failed(server(ended as string), 'unanswered');
    expect(times(rotation, T * 0.6).answer).toBe(EVERYTHING);
  });

  it('cut a first round short that takes too long, once a server was slow in it', () => {
    const rotation = rotationOf();
    const [first] = attempt(rotation, 1, 'unanswered', true);
    rotation.hurry();
    expect(times(rotation, T * 0.6)).toMatchObject({ host: first, answer: EVERYTHING });
    const dead = rotationOf();
    const [unreached] = attempt(dead, 1, 'unreached', true);
    dead.hurry();
    expect(times(dead, T * 0.6).host).not.toBe(unreached);
  });

  it('begin with a quick round again once a connection was stable', () => {
    const rotation = rotationOf();
    attempt(rotation, 3, 'unanswered', true);
    rotation.succeeded();
    expect(times(rotation, T).answer).toBeLessThan(T / 10);
  });
});
