import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameSplitter } from '../../../lib/protocol/frame-splitter.js';
import { eventually } from '../../../testing/eventually.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { AttackedServer } from '../../support/attacked-server.js';
import { type Conversation, conversation } from '../../support/hostile-arbitraries.js';

/** FUZZ_SEED and FUZZ_RUNS override the defaults. */
const seed = Number(process.env.FUZZ_SEED ?? 20_260_730);
const numRuns = Number(process.env.FUZZ_RUNS ?? 800);

const WORDS = /^(imok|Zookeeper version| \/127\.|\/|\n)/;

async function play(attacked: AttackedServer, { chunks, leaves }: Conversation): Promise<void> {
  const client = await attacked.connect();
  for (const chunk of chunks) {
    if (client.socket.destroyed) break;
    client.send(chunk);
    await new Promise(setImmediate);
  }
  if (leaves === 'reset') client.socket.resetAndDestroy();
  // An unfinished frame would keep the server waiting, so the client hangs up.
  else client.socket.end();
  await client.closed;
  if (leaves === 'reset' || WORDS.test(client.received.toString('latin1'))) return;
  const splitter = new FrameSplitter();
  splitter.push(client.received);
  while (splitter.next());
  expect(splitter.held).toBe(0);
}

it(`the server survives conversations that turn hostile (seed ${seed})`, {
  timeout: 3_600_000,
}, async () => {
  await using attacked = await AttackedServer.start({ tickTime: 50, maxSessionTimeout: 2_000 });
  await attacked.other.create('/fuzz');
  const hostile = fc.asyncProperty(fc.array(conversation, { minLength: 1, maxLength: 4 }), async (conversations) => {
    attacked.logger.clear();
    await Promise.all(conversations.map((each) => play(attacked, each)));
    await attacked.expectUndisturbed();
    expect(await fourLetterWord(attacked.server.port, 'ruok')).toBe('imok');
    await attacked.expectConnections(0);
    await attacked.expectWatches(0);
    const lines = attacked.logger.items.filter(({ level }) => level === 'warn' || level === 'error');
    // A connection that is reset before it is accepted has no address.
    const known = lines
      .map(({ details }) => String((details as { remote?: string }).remote))
      .filter((remote) => !remote.startsWith('unknown'));
    expect(known).toEqual([...new Set(known)]);
    expect(lines.length).toBeLessThanOrEqual(conversations.length);
    expect(lines.filter(({ message }) => /cannot be processed/.test(message))).toEqual([]);
  });
  await fc.assert(hostile, { seed, numRuns, endOnFailure: numRuns > 1_000 });
  const sessions = async (): Promise<string | undefined> =>
    /zk_global_sessions\t(.*)/.exec(await fourLetterWord(attacked.server.port, 'mntr'))?.[1];
  await eventually(async () => (await sessions()) === '2', { describe: 'the two well-behaved sessions' });
  expect(await fourLetterWord(attacked.server.port, 'mntr')).toContain('zk_ephemerals_count\t1\n');
});
