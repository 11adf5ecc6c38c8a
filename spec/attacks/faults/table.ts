import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientState, ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { heldWatches } from '../../../testing/server-watches.js';
import { scaled } from '../../../testing/time-factor.js';
import { printViolation, type Violation } from '../../oracle/rules.js';
import { serverWatchViolations } from '../../oracle/server-watches.js';
import { sessionLost } from '../../oracle/session-lost.js';
import type { Fault } from './fault.js';
import { Run } from './run.js';
import type { Call } from './user.js';
import { WATCHED, type Watched } from './watched.js';

/** The servers that a part of the table is about. */
export interface FaultyServers<Servers> {
  readonly servers: Servers;
  /** In the order of the servers. */
  readonly ports: readonly number[];
  /** Those that the writer uses; default: all. */
  readonly portsOfWriter?: readonly number[];
  /** Whether clients reach them directly. */
  readonly isDirect?: boolean;
  /** Brings all of them back after a fault. */
  heal?(): Promise<unknown>;
  stop(): Promise<unknown>;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const WITHIN = { within: 20_000 };
const WATCHES_WITHIN = 10_000;
const PROMISED = 1_000;

/** Puts each watch under each fault, twice: with a change meanwhile, and with the first change afterwards. */
export function describeFaults<Servers>(
  faults: readonly Fault<Servers>[],
  open: () => Promise<FaultyServers<Servers>>,
): void {
  let ground: FaultyServers<Servers>;
  let writer: ZooKeeperClient;

  beforeAll(async () => {
    ground = await open();
    const addresses = (ground.portsOfWriter ?? ground.ports).map((port) => `127.0.0.1:${port}`);
    writer = new ZooKeeperClient(addresses.join(), { sessionTimeout: 30_000, logger: new RecordingLogger() });
    await writer.connect();
  }, scaled(60_000));

  afterAll(async () => {
    await writer?.close();
    await ground?.stop();
  });

  describe.each(faults.map((fault, number) => [fault.name, fault, number] as const))('%s', (_name, fault, number) => {
    const runs: Run[] = [];
    let wrongWatches: readonly Violation[] = [];
    const runOf = (watched: Watched, isChangedMeanwhile: boolean): Run => {
      const run = runs.find((each) => each.watched === watched && each.isChangedMeanwhile === isChangedMeanwhile);
      if (!run) throw new Error(`${watched.name} was not there`);
      if (run.problem) throw run.problem;
      return run;
    };

    beforeAll(async () => {
      for (const watched of WATCHED) {
        for (const isChangedMeanwhile of [true, false]) {
          const path = `/${number}-${runs.length}`;
          if (watched.hasNode) await writer.create(path, '0');
          runs.push(await begin(ground, fault, watched, isChangedMeanwhile, path));
        }
      }
      await strike(runs, fault, ground, writer);
      const goingOn = runs.map((run) =>
        run.goOn(fault.states, writer).catch((error) => {
          run.problem = error;
        }),
      );
      await Promise.all(goingOn);
      wrongWatches = await wrongServerWatches(ground.ports, runs);
      await Promise.all(runs.map((run) => run.stop(writer)));
    }, scaled(90_000));

    afterAll(async () => {
      await Promise.all(runs.map((run) => run.close()));
      await ground.heal?.();
    });

    it(`shows the states ${fault.states.join(', ') || 'of a client that stays connected'}`, () => {
      for (const { states, struck, over, returned } of runs) {
        expect(states.items.map(({ state }) => state)).toEqual(fault.states);
        const suspended = states.items[0]?.at ?? struck;
        expect(suspended - struck).toBeLessThan(scaled(fault.suspendedWithin ?? Number.POSITIVE_INFINITY));
        expect(returned - over).toBeLessThan(scaled(fault.connectedWithin ?? PROMISED));
      }
    });

    it('keeps the rules about calls', () => {
      expect(runs.flatMap(({ user }) => user.violations).map(printViolation)).toEqual([]);
    });

    it('leaves the servers with one watch for each watch that goes on', () => {
      expect(wrongWatches.map(printViolation)).toEqual([]);
    });

    for (const watched of WATCHED) {
      it(`${watched.name} delivers the change made meanwhile once, within 1 s of the connection's return`, () => {
        const run = runOf(watched, true);
        expect(callsOf(run)).toEqual(expected(watched, run.user.calls.items, fault.event));
        expect(run.delayOf(0)).toBeLessThan(scaled(PROMISED));
      });

      it(`${watched.name} delivers the first change afterwards once, within 1 s`, () => {
        const run = runOf(watched, false);
        expect(callsOf(run)).toEqual(expected(watched, run.user.calls.items, 'server'));
        expect(run.delayOf(0)).toBeLessThan(scaled(PROMISED));
      });
    }
  });
}

/** Polls: servers remove needless watches with a short delay. */
export async function wrongServerWatches(
  ports: readonly number[],
  runs: readonly Run[],
  within = WATCHES_WITHIN,
): Promise<Violation[]> {
  const needed = runs.flatMap(({ neededWatch }) => neededWatch ?? []);
  let violations: Violation[] = [];
  const areRight = async () => {
    const { data, children } = await heldWatches(ports);
    const held = [...data.map((watch) => `data ${watch}`), ...Array.from({ length: children }, () => 'of children')];
    violations = serverWatchViolations({ held, needed });
    return violations.length === 0;
  };
  await eventually(areRight, { within }).catch(() => {});
  return violations;
}

export async function begin<Servers>(
  { ports, isDirect }: FaultyServers<Servers>,
  { sessionTimeout, isAtFirst }: Fault<Servers>,
  watched: Watched,
  isChangedMeanwhile: boolean,
  path: string,
  patience?: number,
): Promise<Run> {
  const proxies = isDirect ? [] : await Promise.all(ports.map((port) => FaultProxy.listen({ port })));
  const addresses = isDirect ? ports.map((port) => `127.0.0.1:${port}`) : proxies.map((proxy) => proxy.connectString);
  const run = new Run({ watched, isChangedMeanwhile, path, addresses, proxies, sessionTimeout, patience });
  const { client } = run;
  if (isAtFirst) for (const proxy of proxies.slice(1)) proxy.refuse();
  await client.connect();
  if (isAtFirst) await Promise.all(proxies.map((proxy) => proxy.accept()));
  // A lagging server may not have the znode yet.
  await client.sync('/');
  await run.start();
  return run;
}

export async function strike<Servers>(
  runs: Run[],
  fault: Fault<Servers>,
  ground: FaultyServers<Servers>,
  writer: ZooKeeperClient,
) {
  const changed = runs.filter((run) => run.isChangedMeanwhile);
  // Postpones the next ping.
  await Promise.all(runs.map((run) => run.client.sync('/')));
  const struck = performance.now();
  for (const run of runs) {
    run.struck = struck;
    run.client.on('state', (state) => {
      run.states.record({ state, at: performance.now() });
      const violation = state === 'lost' ? sessionLost(fault.states.includes('lost')) : null;
      if (violation) run.user.violations.push(violation);
    });
  }
  await fault.strike({
    servers: ground.servers,
    clients: runs.map(({ client }) => client),
    proxies: runs.flatMap(({ proxies }) => proxies),
    change: async () => {
      await Promise.all(changed.map((run) => run.make(run.watched.changes[0], writer)));
    },
    changeFromOutside: () => {
      for (const { user, watched } of changed) user.writing(watched.changes[0].state);
      changeFromOutside(ground.ports, changed);
      for (const run of changed) run.acknowledged.push(performance.now());
    },
    delivered: async () => {
      await Promise.all(changed.map((run) => run.delivered(1)));
    },
    until: async (awaited) => {
      const isThere = (all: readonly { state: ClientState }[]) => all.some(({ state }) => state === awaited);
      await Promise.all(runs.map(({ states }) => states.until(isThere, { ...WITHIN, describe: awaited })));
    },
  });
  for (const run of runs) run.over = performance.now();
}

function changeFromOutside(ports: readonly number[], runs: readonly Run[]): void {
  const writes = runs.map(({ path, watched }) => ({ path, ...watched.changes[0].write }));
  const script = `
    import { ZooKeeperClient } from './index.ts';
    const client = await new ZooKeeperClient('127.0.0.1:${ports[0]}').connect();
    for (const { op, path, data, name } of ${JSON.stringify(writes)}) {
      if (op === 'setData') await client.setData(path, data);
      else await client.create(path + name);
    }
    await client.close();
  `;
  execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: ROOT });
}

function callsOf({ user }: Run): string[] {
  return user.calls.items.map(({ state, event }) => `${state} ${event}`);
}

/** The calls that a run must have; where the event may be either, as it was. */
function expected(
  { initial, changes, isOneShotWatcher }: Watched,
  calls: readonly Call[],
  first: Fault<never>['event'],
) {
  const ofChanges = changes.map(({ state, event }, index) => {
    const isNull = first === 'null' || (first === 'either' && calls[initial.length]?.event === null);
    return `${state} ${index === 0 && isNull && !isOneShotWatcher ? null : event}`;
  });
  return [...initial.map((state) => `${state} null`), ...ofChanges];
}
