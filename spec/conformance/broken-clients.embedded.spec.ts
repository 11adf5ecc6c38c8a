import { describe, expect, it } from 'vitest';
import type { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { conformanceTests } from '../../testing/conformance/index.js';
import { scaled } from '../../testing/time-factor.js';
import { connectOurs } from '../support/conformance.js';
import { OF_OPERATIONS } from './mistaken-operations.js';
import { OF_WATCHES } from './mistaken-watches.js';
import { type Overrides, withMistakes } from './mistakes.js';

const MISTAKES = [...OF_OPERATIONS, ...OF_WATCHES];

/** Runs one claim about a client with mistakes. */
async function run(claim: RegExp, overrides: (inner: ZooKeeperClient) => Overrides): Promise<void> {
  await using server = await EmbeddedZooKeeper.start({ tickTime: 100 });
  await using other = await connectOurs(server.connectString);
  const tests = conformanceTests({
    connect: async () => {
      const inner = await connectOurs(server.connectString);
      return {
        client: withMistakes(inner, overrides(inner)),
        close: () => inner.close(),
        cut: () => server.dropConnections(),
        expire: () => server.expireSession(inner.sessionId ?? 0n),
      };
    },
    other,
    faults: ['cut', 'expire'],
    patience: scaled(1_500),
  });
  const [test, second] = tests.filter(({ name }) => claim.test(name));
  if (!test) throw new Error(`there is no claim ${claim}`);
  if (second && !/^calls, with/.test(second.name)) throw new Error(`there are two claims ${claim}`);
  await test.run();
}

describe('the conformance suite', () => {
  const plain = [
    ...new Map(MISTAKES.flatMap(([, , ...claims]) => claims).map((claim) => [String(claim), claim])).values(),
  ];

  it.each(plain)('accepts a client without mistakes: %s', (claim) => run(claim, () => ({})));

  it.each(MISTAKES.flatMap(([name, overrides, ...claims]) => claims.map((claim) => ({ name, claim, overrides }))))(
    'rejects a client that $name: $claim',
    async ({ claim, overrides }) => {
      await expect(run(claim, overrides)).rejects.toThrow();
    },
  );
});
