import fc from 'fast-check';
import { ZooKeeperClient } from '../../../index.js';
import { FaithfulClient } from '../../../testing/faithful-client.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { withVirtualClock } from '../../../testing/virtual-clock.js';
import { runChaos } from '../../attacks/chaos/chaos-run.js';
import type { Run } from '../../attacks/faults/run.js';
import { SERVER_FAULTS } from '../../attacks/faults/server-faults.js';
import { begin, strike, wrongServerWatches } from '../../attacks/faults/table.js';
import { WATCHED } from '../../attacks/faults/watched.js';
import { SessionRig } from '../../attacks/properties/session-rig.js';
import { sessionStory } from '../../attacks/properties/session-steps.js';
import { WatchRig } from '../../attacks/properties/watch-rig.js';
import { watchStory } from '../../attacks/properties/watch-steps.js';
import { scenarioSeed } from '../../attacks/simulation/scenario-seed.js';
import { play } from '../../attacks/simulation/simulate.js';
import { EmbeddedTestServer } from '../../support/embedded-test-server.js';
import type { Rule } from '../rules.js';
import type { Attack } from './defect.js';

/** Runs an attack for a short time, at most until it finds the rule broken. Returns the rules that were. */
export type Hunter = (awaited: Rule | null) => Promise<ReadonlySet<Rule>>;

const SEED = 1;
/** Most of them, and as many as are played when no rule is awaited. */
const STORIES = { most: 150, plain: 30 };
/** The rule that stories of sessions hold. Those of watches hold all others. */
const OF_SESSIONS: Rule = 'session-kept';
const SCENARIOS = { most: 25, plain: 5 };
/** In minutes. */
const CHAOS = { most: 0.4, plain: 0.05 };
/** Within which a fault's watches must deliver, in ms. */
const PATIENCE = 1_000;

async function huntWithProperties(awaited: Rule | null): Promise<ReadonlySet<Rule>> {
  const ofSessions = awaited === null || awaited === OF_SESSIONS ? await huntInSessions(awaited) : [];
  const ofWatches = awaited === OF_SESSIONS ? [] : await huntInWatches(awaited);
  return new Set([...ofSessions, ...ofWatches]);
}

async function huntInSessions(awaited: Rule | null): Promise<ReadonlySet<Rule>> {
  const broken = new Set<Rule>();
  const numRuns = awaited ? STORIES.most : STORIES.plain;
  for (const story of fc.sample(sessionStory, { seed: SEED, numRuns })) {
    await withVirtualClock(story.chance, async (clock) => {
      const rig = new SessionRig(clock, story);
      const problem = await rig.play(story).catch((error: unknown) => error);
      for (const { rule } of rig.violations) broken.add(rule);
      if (problem && rig.violations.length === 0) throw problem;
    });
    if (awaited && broken.has(awaited)) break;
  }
  return broken;
}

async function huntInWatches(awaited: Rule | null): Promise<ReadonlySet<Rule>> {
  const broken = new Set<Rule>();
  const numRuns = awaited ? STORIES.most : STORIES.plain;
  for (const { chance, beginsWithNodes, steps } of fc.sample(watchStory, { seed: SEED, numRuns })) {
    for (const client of [new FakeClient(), new FaithfulClient()]) {
      await withVirtualClock(chance, async (clock) => {
        const rig = new WatchRig(clock, client, { beginsWithNodes });
        for (const step of steps) await rig.do(step);
        await rig.finish();
        for (const { rule } of rig.violations) broken.add(rule);
      });
    }
    if (awaited && broken.has(awaited)) break;
  }
  return broken;
}

async function huntWithSimulation(awaited: Rule | null): Promise<ReadonlySet<Rule>> {
  const broken = new Set<Rule>();
  const most = awaited ? SCENARIOS.most : SCENARIOS.plain;
  for (let nth = 0; nth < most && !(awaited && broken.has(awaited)); nth += 1) {
    const { brokenRules } = await play(scenarioSeed(SEED, nth));
    for (const rule of brokenRules) broken.add(rule);
  }
  return broken;
}

/** A run ends with the first violation. */
async function huntWithChaos(awaited: Rule | null): Promise<ReadonlySet<Rule>> {
  const minutes = awaited ? CHAOS.most : CHAOS.plain;
  const { brokenRules } = await runChaos({ servers: 'embedded', weather: 'calm', minutes, seed: SEED });
  return brokenRules;
}

/** One fault of the table, on the watches that have a function. */
async function huntWithFaults(): Promise<ReadonlySet<Rule>> {
  const fault = SERVER_FAULTS[0];
  if (!fault) throw new Error('the table has no fault');
  await using server = await EmbeddedTestServer.start({ tickTime: 100 });
  const servers = { servers: server, ports: [server.port], stop: () => server.stop() };
  const writer = await new ZooKeeperClient(server.connectString, { logger: new RecordingLogger() }).connect();
  const runs: Run[] = [];
  try {
    for (const watched of WATCHED.filter(({ initial }) => initial.length > 0)) {
      for (const isChangedMeanwhile of [true, false]) {
        const path = `/${runs.length}`;
        if (watched.hasNode) await writer.create(path, '0');
        runs.push(await begin(servers, fault, watched, isChangedMeanwhile, path, PATIENCE));
      }
    }
    await strike(runs, fault, servers, writer);
    // A defect may keep a delivery away: the oracle says which rule that broke.
    await Promise.allSettled(runs.map((run) => run.goOn(fault.states, writer)));
    const wrong = await wrongServerWatches(servers.ports, runs, PATIENCE);
    await Promise.all(runs.map((run) => run.stop(writer)));
    return new Set([...wrong, ...runs.flatMap(({ user }) => user.violations)].map(({ rule }) => rule));
  } finally {
    await Promise.all([writer.close(), ...runs.map((run) => run.close())]);
  }
}

export const HUNTERS: Readonly<Record<Attack, Hunter>> = {
  properties: huntWithProperties,
  simulation: huntWithSimulation,
  chaos: huntWithChaos,
  faults: huntWithFaults,
};
