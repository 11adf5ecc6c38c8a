import { describe, expect, it } from 'vitest';
import { FuzzRig, TIMEOUT } from './fuzz-rig.js';
import { FuzzedUser } from './fuzzed-user.js';
import { HealthyWriter } from './healthy-writer.js';
import { MISBEHAVING_SERVERS, type MisbehavingServer } from './misbehaving-servers.js';
import { Stage } from './stage.js';

/** How long the server misbehaves, and how long the client has to come back from it, in ms. */
const TROUBLE = 45_000;
const RETURN = 3 * TIMEOUT;
const ROUND = TIMEOUT / 2;
/** Over the whole, which is just less than a minute: lines of the log, connections and frames of the client. */
const MOST_LINES = 20;
const MOST_ATTEMPTS = (10 * TROUBLE) / 1_000;
const MOST_REQUESTS = (400 * TROUBLE) / 1_000;

const ROWS = MISBEHAVING_SERVERS.map((server) => [server.name, server] as const);

/** Lets a server misbehave for a while, from the start or once the watches are up, and then behave. */
async function endure({ manners, lie, pause = 0 }: MisbehavingServer, isFromTheStart: boolean) {
  using stage = new Stage(7);
  const rig = new FuzzRig(stage, new Set(lie ? [lie] : []));
  const writer = new HealthyWriter(stage);
  const user = new FuzzedUser(rig);
  if (!isFromTheStart) await stage.clock.pass(TIMEOUT);
  stage.behave(manners(stage));
  const end = stage.clock.now + TROUBLE;
  while (stage.clock.now < end) {
    user.act();
    await stage.clock.pass(ROUND);
    writer.change(false);
  }
  const [requests, attempts] = [stage.requests, stage.wires.length];
  stage.behave({});
  await stage.clock.pass(RETURN + pause);
  const { pending } = rig;
  writer.change(true);
  await stage.clock.pass(ROUND);
  const { state } = user.client;
  if (state === 'connected') user.checkWatches();
  user.close();
  await stage.clock.pass(RETURN);
  return { ...rig, requests, attempts, pending, state, unsettled: rig.pending };
}

describe.each([
  { when: 'from the start', isFromTheStart: true },
  { when: 'from some time on', isFromTheStart: false },
])('a server that misbehaves $when', ({ isFromTheStart }) => {
  it.each(ROWS)('and %s harms nothing for longer than it lasts', async (_, server) => {
    const { violations, lines, requests, attempts, pending, state, unsettled } = await endure(server, isFromTheStart);
    expect(violations).toEqual([]);
    expect(pending).toEqual([]);
    expect(state).toBe('connected');
    expect(unsettled).toEqual([]);
    expect(lines.length, lines.join('\n')).toBeLessThan(MOST_LINES);
    expect(attempts).toBeLessThan(MOST_ATTEMPTS);
    expect(requests).toBeLessThan(MOST_REQUESTS);
  });
});
