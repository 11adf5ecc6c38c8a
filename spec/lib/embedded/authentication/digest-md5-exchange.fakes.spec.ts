import { describe, expect, it } from 'vitest';
import { DigestMd5Exchange } from '../../../../lib/embedded/authentication/digest-md5-exchange.js';
import { parseDirectives } from '../../../../lib/protocol/digest-md5.js';
import { answerChallenge, type DigestClient } from '../../../../testing/digest-md5-client.js';

const SECRET = 'M4RK3D-S3CR3T';
const USERS = new Map([
  ['alice', SECRET],
  ['bob', 'other'],
]);
const EMPTY = Buffer.alloc(0);

/** Plays an exchange up to the server's last token. */
function play(exchange: DigestMd5Exchange, client: DigestClient) {
  const answer = answerChallenge(exchange.next(EMPTY).token, client);
  return { answer, step: exchange.next(answer.token) };
}

describe("the server's side of DIGEST-MD5", () => {
  it('challenges with a nonce of 30 random bytes', () => {
    const challenges = Array.from({ length: 100 }, () => String(new DigestMd5Exchange(USERS).next(EMPTY).token));
    for (const challenge of challenges) {
      expect(challenge).toMatch(/^realm="zk-sasl-md5",nonce="[\w+/]{40}",charset=utf-8,algorithm=md5-sess$/);
    }
    expect(new Set(challenges).size).toBe(100);
  });

  it('accepts the right password and proves its own knowledge', () => {
    const { answer, step } = play(new DigestMd5Exchange(USERS), { username: 'alice', password: SECRET });
    expect(step).toEqual({ token: Buffer.from(answer.rspauth), user: 'alice', refused: null });
  });

  it.each<[string, DigestClient]>([
    ['a wrong password', { username: 'alice', password: 'other' }],
    ['an empty password', { username: 'alice', password: '' }],
    ['an unknown user without a password', { username: 'nobody', password: '' }],
    // ZooKeeper 3.8 accepts this: its callback handler keeps the last user whom it knew.
    ['an unknown user with the password of a known one', { username: 'nobody', password: SECRET }],
    ['a property of objects', { username: '__proto__', password: '' }],
    ['the digest of another nonce', { username: 'alice', password: SECRET, directives: { nonce: '"AAAA"' } }],
    ['a digest of another length', { username: 'alice', password: SECRET, directives: { response: 'ab' } }],
  ])('refuses %s, without a secret', (_, client) => {
    const exchange = new DigestMd5Exchange(USERS);
    play(exchange, { username: 'alice', password: SECRET });
    const { step } = play(new DigestMd5Exchange(USERS), client);
    expect(step).toMatchObject({ token: null, user: null });
    expect(step.refused).not.toContain(SECRET);
  });

  it('refuses the response of another exchange', () => {
    const [one, other] = [new DigestMd5Exchange(USERS), new DigestMd5Exchange(USERS)];
    const { token } = answerChallenge(one.next(EMPTY).token, { username: 'alice', password: SECRET });
    other.next(EMPTY);
    expect(other.next(token).refused).not.toBeNull();
  });

  it.each<[string, DigestClient]>([
    ['success', { username: 'alice', password: SECRET }],
    ['refusal', { username: 'alice', password: 'other' }],
  ])('accepts nothing after a %s', (_, client) => {
    const exchange = new DigestMd5Exchange(USERS);
    const { answer } = play(exchange, client);
    const right = answerChallenge(answer.token, { username: 'alice', password: SECRET }).token;
    for (const token of [EMPTY, answer.token, right]) expect(exchange.next(token).user).toBeNull();
  });

  it('does not parse a token that is too long', () => {
    const exchange = new DigestMd5Exchange(USERS);
    exchange.next(EMPTY);
    const start = performance.now();
    expect(exchange.next(Buffer.alloc(900_000, 'a="b",')).refused).toBe('a token of 900000 bytes is too long');
    expect(performance.now() - start).toBeLessThan(50);
  });

  it.each(['a="', '   ', 'a=', '\\"', 'a="\\', ', ', 'a =b ', '='])(
    'answers the longest token of %j at once',
    (part) => {
      const token = Buffer.alloc(4_096, part);
      const exchange = new DigestMd5Exchange(USERS);
      exchange.next(EMPTY);
      const start = performance.now();
      expect(exchange.next(token).refused).toMatch(/malformed|incomplete/);
      expect(performance.now() - start).toBeLessThan(500);
      expect(parseDirectives(String(token))?.has('username')).not.toBe(true);
    },
  );
});
