import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makePoller, type PollerOptions, registerPoller } from '../../recipes/pollers/index.js';
import { SECRET, SHAPES } from './shapes.js';
import { overheard, tracesIn } from './traces.js';

/** A secret as a URL has it. */
const PASSWORDS = [SECRET, encodeURIComponent(SECRET), SECRET.replaceAll('#', '')];

/** Where users write a password. */
const URLS = PASSWORDS.flatMap((password) => [
  `zk://user:${password}@127.0.0.1:1/a`,
  `zk:user:${password}@127.0.0.1:1/a`,
  `zk://127.0.0.1:1,user:${password}@127.0.0.1:1/a`,
  `zk://127.0.0.1:${password}/a`,
  `file://user:${password}@host/a`,
  `file://user:${password}@localhost/a`,
  `file:${password}`,
  `user:${password}@host`,
  `sftp://user:${password}@host/a`,
  `unheard-of://user:${password}@host/a?key=${password}`,
]);

const OPTIONS: readonly (keyof PollerOptions)[] = [
  ...(['recurse', 'initial', 'since', 'timeBoundary', 'client', 'fetch', 'create', 'ignore', 'signal'] as const),
];

async function failureOf(url: unknown, options?: unknown): Promise<unknown> {
  try {
    const poller = await makePoller(url as string, options as PollerOptions);
    await poller.close();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a secret', () => {
  it.for(URLS)('in a URL is not repeated by its error, nor on the console: form %#', async (url) => {
    const heard = overheard();
    const error = await failureOf(url);
    expect(error).toBeDefined();
    expect(tracesIn(error)).toEqual([]);
    expect(tracesIn(heard)).toEqual([]);
  });

  it('in the wrong place is not repeated by makePoller() and registerPoller()', async () => {
    let failures = 0;
    for (const make of [...Object.values(SHAPES), () => SECRET]) {
      for (const option of OPTIONS) {
        const error = await failureOf('/nowhere', { [option]: make() });
        failures += error === undefined ? 0 : 1;
        expect(tracesIn(error), option).toEqual([]);
      }
      expect(tracesIn(await failureOf('/nowhere', make()))).toEqual([]);
      const value = make();
      if (!(typeof value === 'string' || value instanceof URL)) expect(tracesIn(await failureOf(value))).toEqual([]);
      for (const args of [
        [value, () => {}],
        ['fake', value],
      ] as const) {
        try {
          registerPoller(args[0] as string, args[1] as never)[Symbol.dispose]();
        } catch (error) {
          expect(tracesIn(error)).toEqual([]);
        }
      }
    }
    expect(failures).toBeGreaterThan(100);
  });

  it('in the URL of several pollers of a scheme is in no message', async () => {
    using _one = registerPoller('fake', () => Promise.reject(new Error('the first cause')));
    using _other = registerPoller('fake', () => Promise.reject(new Error('the second cause')));
    const error = await failureOf(`fake://user:${SECRET}@host`);
    expect(error).toBeInstanceOf(AggregateError);
    expect(tracesIn(error)).toEqual([]);
  });

  it('of an environment is in no event, checkpoint or print of a poller', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'spec-poller-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    await using poller = await makePoller(directory);
    writeFileSync(join(directory, 'file'), SECRET);
    const events = await poller.getNewEvents();
    expect(events).toHaveLength(1);
    for (const shown of [events, poller, String(poller.checkpoint()), inspect(poller, { showHidden: true })])
      expect(tracesIn(shown)).toEqual([]);
  });
});
