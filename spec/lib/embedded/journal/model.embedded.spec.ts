import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../../lib/embedded/journal/journal.js';
import { append, Played } from './journal-fixture.js';

/** The contents that a journal must play back. */
class Model {
  #snapshot: string[] = [];
  #transactions: string[] = [];
  #last = 0;

  append(text: string): void {
    this.#last++;
    this.#transactions.push(`${this.#last} ${text}`);
  }

  snapshot(text: string): void {
    // Without a transaction since the last snapshot, that one stays.
    if (this.#transactions.length === 0) return;
    this.#snapshot = [`snapshot ${this.#last} ${text}`];
    this.#transactions = [];
  }

  get playedBack(): string[] {
    return [...this.#snapshot, ...this.#transactions];
  }
}

const text = fc.oneof(
  { weight: 10, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 400_000 }).map((length) => 'x'.repeat(length)) },
);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append' as const), texts: fc.array(text, { maxLength: 20 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('snapshot' as const), state: text }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('a journal', () => {
  it('plays back what the model predicts, for any sequence of appends, snapshots, flushes and openings', async () => {
    const parent = await fs.mkdtemp(join(tmpdir(), 'spec-journal-model-'));
    let runs = 0;
    const holds = async (steps: readonly Step[]): Promise<void> => {
      const folder = join(parent, String(runs++));
      const model = new Model();
      let snapshot = Promise.resolve();
      let journal = await Journal.open(folder, new Played());
      const reopen = async (): Promise<void> => {
        await journal.close();
        const played = new Played();
        journal = await Journal.open(folder, played);
        expect(played.seen).toEqual(model.playedBack);
        expect(journal.cut).toBeNull();
      };
      try {
        for (const now of steps) {
          if (now.do === 'append') {
            append(journal, ...now.texts);
            for (const appended of now.texts) model.append(appended);
          } else if (now.do === 'snapshot') {
            await snapshot;
            snapshot = journal.snapshot(journal.appended, [Buffer.from(now.state)]);
            model.snapshot(now.state);
          } else if (now.do === 'flush') {
            await journal.flushed();
            expect(journal.synced).toBe(journal.appended);
          } else {
            await reopen();
          }
        }
        await reopen();
      } finally {
        await journal.close();
      }
    };
    try {
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), holds), { numRuns: 60 });
    } finally {
      await fs.rm(parent, { recursive: true, maxRetries: 3 });
    }
  });
});
