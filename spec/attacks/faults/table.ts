import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientState, ZooKeeperClient } from '../../../index.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { scaled } from '../../../testing/time-factor.js';
import type { Fault } from './fault.js';
import { type Call, type Change, WATCHED, type Watched } from './watched.js';

/** The servers that a part of the table is about. */
interface Ground<Servers> {
  readonly servers: Servers;
  /** In order. */
  readonly ports: readonly number[];
  /** Those that the one who makes the changes uses; default: all. */
  readonly portsOfWriter?: readonly number[];
  /** Whether clients reach them directly. */
  readonly isDirect?: boolean;
  /** All is well again, after each fault. */
  mend?(): Promise<unknown>;
  stop(): Promise<unknown>;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const WITHIN = { within: 20_000 };
const PROMISED = 1_000;

/** One watch of one client, before, during and after a fault. */
class Run {
  readonly watched: Watched;
  /** Or only afterwards. */
  readonly isChangedMeanwhile: boolean;
  readonly path: string;
  readonly client: ZooKeeperClient;
  readonly proxies: readonly FaultProxy[];
  readonly calls = new Recorder<Call>();
  readonly states = new Recorder<{ state: ClientState; at: number }>();
  /** When each change was acknowledged to the one who made it. */
  readonly acknowledged: number[] = [];
  /** When the fault began, and when it was over. */
  struck = 0;
  over = 0;
  problem: unknown;

  constructor(
    watched: Watched,
    isChangedMeanwhile: boolean,
    path: string,
    client: ZooKeeperClient,
    proxies: FaultProxy[],
  ) {
    this.watched = watched;
    this.isChangedMeanwhile = isChangedMeanwhile;
    this.path = path;
    this.client = client;
    this.proxies = proxies;
  }

  /** When the client was connected again; when it never was anything else, long ago. */
  get returned(): number {
    return this.states.items.findLast(({ state }) => state === 'connected')?.at ?? 0;
  }

  /** From its acknowledgement to its call; from the connection's return, if that came later. */
  delayOf(change: number): number {
    const call = this.calls.items[this.watched.initial.length + change];
    const since = Math.max(this.acknowledged[change] ?? Number.NaN, this.returned);
    return call ? call.at - since : Number.NaN;
  }

  async make({ write }: Change, writer: ZooKeeperClient): Promise<void> {
    if (write.op === 'setData') await writer.setData(this.path, write.data);
    else await writer.create(this.path + write.name);
    this.acknowledged.push(performance.now());
  }

  async told(changes: number): Promise<void> {
    await this.calls.untilCount(this.watched.initial.length + changes, {
      ...WITHIN,
      describe: `calls of ${this.watched.name}`,
    });
  }

  /** What came on the way of the fault has come; then the changes that are left, one after the other. */
  async goOn(states: readonly ClientState[], writer: ZooKeeperClient): Promise<void> {
    await this.states.until((all) => all.length >= states.length, { describe: states.join() });
    if (this.isChangedMeanwhile) await this.told(1);
    for (const change of this.watched.changes.slice(this.acknowledged.length)) {
      await this.make(change, writer);
      await this.told(this.acknowledged.length);
    }
    // Answers come in order, and events before them; a read may take two requests and be followed by another.
    for (let request = 0; request < 6; request += 1) await this.client.sync('/');
  }

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}

/** Puts each watch under each fault, twice: with a change meanwhile, and with the first change afterwards. */
export function describeFaults<Servers>(faults: readonly Fault<Servers>[], open: () => Promise<Ground<Servers>>): void {
  let ground: Ground<Servers>;
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
    }, scaled(90_000));

    afterAll(async () => {
      await Promise.all(runs.map((run) => run.close()));
      await ground.mend?.();
    });

    it(`shows the states ${fault.states.join(', ') || 'of a client that stays connected'}`, () => {
      for (const { states, struck, over, returned } of runs) {
        expect(states.items.map(({ state }) => state)).toEqual(fault.states);
        const suspended = states.items[0]?.at ?? struck;
        expect(suspended - struck).toBeLessThan(scaled(fault.suspendedWithin ?? Number.POSITIVE_INFINITY));
        expect(returned - over).toBeLessThan(scaled(fault.connectedWithin ?? PROMISED));
      }
    });

    for (const watched of WATCHED) {
      it(`${watched.name} is told once of the change made meanwhile, within 1 s of the connection's return`, () => {
        const run = runOf(watched, true);
        expect(told(run)).toEqual(expected(watched, run.calls.items, fault.event));
        expect(run.delayOf(0)).toBeLessThan(scaled(PROMISED));
      });

      it(`${watched.name} is told once of the first change afterwards, within 1 s`, () => {
        const run = runOf(watched, false);
        expect(told(run)).toEqual(expected(watched, run.calls.items, 'told'));
        expect(run.delayOf(0)).toBeLessThan(scaled(PROMISED));
      });
    }
  });
}

async function begin<Servers>(
  { ports, isDirect }: Ground<Servers>,
  { sessionTimeout, isAtFirst }: Fault<Servers>,
  watched: Watched,
  isChangedMeanwhile: boolean,
  path: string,
): Promise<Run> {
  const proxies = isDirect ? [] : await Promise.all(ports.map((port) => FaultProxy.listen({ port })));
  const addresses = isDirect ? ports.map((port) => `127.0.0.1:${port}`) : proxies.map((proxy) => proxy.connectString);
  const client = new ZooKeeperClient(addresses.join(), { sessionTimeout, logger: new RecordingLogger() });
  const run = new Run(watched, isChangedMeanwhile, path, client, proxies);
  if (isAtFirst) for (const proxy of proxies.slice(1)) proxy.refuse();
  await client.connect();
  if (isAtFirst) await Promise.all(proxies.map((proxy) => proxy.accept()));
  // A server that is behind has no znode yet.
  await client.sync('/');
  await watched.start(client, path, run.calls);
  return run;
}

async function strike<Servers>(runs: Run[], fault: Fault<Servers>, ground: Ground<Servers>, writer: ZooKeeperClient) {
  const changed = runs.filter((run) => run.isChangedMeanwhile);
  // No ping comes in between.
  await Promise.all(runs.map((run) => run.client.sync('/')));
  const struck = performance.now();
  for (const run of runs) {
    run.struck = struck;
    run.client.on('state', (state) => run.states.record({ state, at: performance.now() }));
  }
  await fault.strike({
    servers: ground.servers,
    clients: runs.map(({ client }) => client),
    proxies: runs.flatMap(({ proxies }) => proxies),
    change: async () => {
      await Promise.all(changed.map((run) => run.make(run.watched.changes[0], writer)));
    },
    changeFromOutside: () => {
      changeFromOutside(ground.ports, changed);
      for (const run of changed) run.acknowledged.push(performance.now());
    },
    told: async () => {
      await Promise.all(changed.map((run) => run.told(1)));
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
    import { ZooKeeperClient } from './recipes/index.ts';
    const client = await new ZooKeeperClient('127.0.0.1:${ports[0]}').connect();
    for (const { op, path, data, name } of ${JSON.stringify(writes)}) {
      if (op === 'setData') await client.setData(path, data);
      else await client.create(path + name);
    }
    await client.close();
  `;
  execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: ROOT });
}

function told({ calls }: Run): string[] {
  return calls.items.map(({ state, event }) => `${state} ${event}`);
}

/** What a run is to be told; where it may be either, what it was. */
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
