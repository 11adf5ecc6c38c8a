import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programs } from './differential/arbitrary-program.js';
import { compare, DifferenceError, minimize, type Servers } from './differential/compare.js';
import { startServers } from './differential/servers.js';

// Plays random programs of requests on a real server and on an embedded one: every reply, stat and event must be equal.
// DIFFERENTIAL_RUNS=5000 DIFFERENTIAL_SEED=7 sets the number of programs and the seed.
//
// Programs leave out the requests without a unique answer: those after the end of a session, and a check that succeeds
// outside of a multi, which the real server never answers.
const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 300);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_260);
const LONGEST = 40;

describe('the embedded server, compared with a real one', () => {
  let servers: Servers & AsyncDisposable;

  beforeAll(async () => {
    servers = await startServers();
  });

  afterAll(() => servers[Symbol.asyncDispose]());

  it(
    `sends the same frames to every connection for random programs (seed ${SEED}, ${RUNS} programs)`,
    async () => {
      const property = fc.asyncProperty(programs(LONGEST), async (program) => {
        await compare(servers, program);
      });
      const { errorInstance, numRuns } = await fc.check(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
      if (errorInstance instanceof DifferenceError) throw await minimize(servers, errorInstance);
      if (errorInstance) throw errorInstance;
      expect(numRuns).toBe(RUNS);
    },
    120_000 + RUNS * 300,
  );
});
