import { describe, expect, it } from 'vitest';
import {
  ClientClosedError,
  NoNodeError,
  SessionExpiredError,
  type StopReason,
  WatchStoppedError,
  ZooKeeperError,
} from '../../../../index.js';
import type { FakeClient } from '../../../../testing/fake-client.js';
import { outcome, turn } from '../../../../testing/passing-time.js';
import { Recorder } from '../../../../testing/recorder.js';
import { rejectionOf } from '../../../support/rejection.js';
import { boom, expectNothingLeft, reason, type Scene, stage } from './scene.js';

const DONE = { done: true, value: undefined };
const hopeless = new ZooKeeperError('UNIMPLEMENTED', 'hopeless');

interface End {
  readonly name: string;
  readonly end: (scene: Scene) => unknown;
  readonly stopReason: StopReason;
  /** The error of the loop, and of `ready` when there was no turn. `null`: the loop ends without an error. */
  readonly thrown: unknown;
  readonly notReady: unknown;
  /** Whether it also ends a watch that has not begun. */
  readonly endsEarly?: boolean;
  readonly childrenOnly?: boolean;
}

const END_OF_USER = {
  stopReason: 'stopped',
  thrown: null,
  notReady: expect.any(WatchStoppedError),
  endsEarly: true,
} as const;

const ENDS: readonly End[] = [
  { ...END_OF_USER, name: 'stop()', end: ({ watch }) => watch.stop() },
  { ...END_OF_USER, name: 'dispose', end: ({ watch }) => watch[Symbol.dispose]() },
  {
    ...END_OF_USER,
    name: 'return()',
    end: async ({ iterator }) => expect(await iterator.return?.()).toStrictEqual(DONE),
  },
  {
    ...END_OF_USER,
    name: 'throw()',
    end: async ({ iterator }) => expect(await rejectionOf(iterator.throw?.(boom) as Promise<unknown>)).toBe(boom),
  },
  {
    name: 'an abort',
    end: ({ abort }) => abort.abort(reason),
    stopReason: 'aborted',
    thrown: reason,
    notReady: reason,
    endsEarly: true,
  },
  {
    name: "the client's close",
    end: ({ client }) => client.become('closed'),
    stopReason: 'client-closed',
    thrown: null,
    notReady: expect.any(ClientClosedError),
    endsEarly: true,
  },
  {
    name: 'the loss of the session',
    end: ({ client }) => {
      client.become('suspended');
      client.become('lost');
    },
    stopReason: 'session-lost',
    thrown: expect.any(SessionExpiredError),
    notReady: expect.any(SessionExpiredError),
    childrenOnly: true,
  },
  {
    name: 'the deletion of the znode',
    end: ({ client }) => {
      client.become('suspended');
      client.tree.delete('/node');
      client.become('connected');
    },
    stopReason: 'no-node',
    thrown: expect.any(NoNodeError),
    notReady: expect.any(NoNodeError),
    childrenOnly: true,
  },
  {
    name: 'an error that nothing can mend',
    end: ({ client }) => {
      client.readError = () => hopeless;
      client.become('suspended');
      client.become('connected');
    },
    stopReason: 'error',
    thrown: hopeless,
    notReady: hopeless,
  },
];

/** The moment of the end: which values have been requested, and whether there was a turn. */
const MOMENTS = [
  { name: 'before the first next()', turns: 0, pending: 0 },
  { name: 'while the first next() waits', turns: 0, pending: 1 },
  { name: 'while the first of three next() waits', turns: 0, pending: 3 },
  { name: 'while the first body runs', turns: 1, pending: 0 },
  { name: 'while a later body runs, and there is something newer', turns: 2, pending: 0 },
  { name: 'while the loop waits for a change', turns: 1, pending: 1 },
  { name: 'while three next() wait for a change', turns: 1, pending: 3 },
];

const CASES = (['DataWatch', 'ChildrenWatch'] as const).flatMap((kind) =>
  MOMENTS.flatMap((moment) =>
    ENDS.filter(({ endsEarly }) => endsEarly || moment.turns + moment.pending > 0)
      .filter(({ childrenOnly }) => !childrenOnly || kind === 'ChildrenWatch')
      .flatMap((end) => [true, false].map((readyIsAskedFirst) => ({ kind, moment, end, readyIsAskedFirst }))),
  ),
);

/** Makes a change that both a DataWatch and a ChildrenWatch see. */
function change({ tree }: FakeClient, index: number): void {
  tree.set('/node', String(index));
  tree.create(`/node/${index}`);
  tree.delete(`/node/${index}`);
}

describe('the end of a loop', () => {
  it.for(CASES)(
    '$kind: $end.name $moment.name, ready asked first: $readyIsAskedFirst',
    async ({ kind, moment, end, readyIsAskedFirst }) => {
      const scene = stage(kind);
      const { client, watch, iterator } = scene;
      const reasons = new Recorder<StopReason>();
      watch.on('stop', reasons.record).on('error', () => {});
      const early = readyIsAskedFirst ? outcome(watch.ready) : undefined;
      for (let index = 0; index < moment.turns; index += 1) {
        expect((await iterator.next()).done).toBe(false);
        if (index > 0 || moment.pending === 0) change(client, index);
        await turn();
      }
      const isFirstRead = moment.turns === 0;
      if (isFirstRead) client.become('suspended');
      const pending = Array.from({ length: moment.pending }, () => outcome(iterator.next()));
      await turn();
      expect(pending.map(({ value }) => value)).toEqual(pending.map(() => 'pending'));

      await end.end(scene);
      await turn();
      const asked = [...pending, outcome(iterator.next()), outcome(iterator.next())];
      await turn();
      const [first, ...rest] = asked.map(({ value }) => value);
      if (end.thrown === null) expect(first).toStrictEqual(DONE);
      else expect(first).toEqual(end.thrown);
      expect(rest).toStrictEqual(rest.map(() => DONE));
      expect(reasons.items).toEqual([end.stopReason]);
      const ready = [early, outcome(watch.ready)];
      await turn();
      for (const seen of ready) {
        if (seen) expect(seen.value).toEqual(isFirstRead ? end.notReady : undefined);
      }
      expectNothingLeft(scene);

      // The end is final.
      client.readError = () => undefined;
      if (client.state !== 'closed') client.become('connected');
      await turn();
      const late = outcome(iterator.next());
      const returned = outcome(iterator.return?.() as Promise<unknown>);
      await turn();
      expect([late.value, returned.value]).toStrictEqual([DONE, DONE]);
      expect(reasons.items).toHaveLength(1);
      expectNothingLeft(scene);
    },
  );

  it('is decided by its first cause: an abort after a stop does not throw, and an abort before a stop does', async () => {
    const stopped = stage('DataWatch');
    stopped.watch.stop();
    stopped.abort.abort(reason);
    expect(await stopped.iterator.next()).toStrictEqual(DONE);
    const aborted = stage('DataWatch');
    aborted.abort.abort(reason);
    aborted.watch.stop();
    expect(await rejectionOf(aborted.iterator.next())).toBe(reason);
  });

  it('releases the client while a read is in flight', async () => {
    const scene = stage('DataWatch');
    const release = scene.client.hold();
    const next = outcome(scene.iterator.next());
    await turn();
    await scene.iterator.return?.();
    release();
    await turn();
    expect(next.value).toStrictEqual(DONE);
    expectNothingLeft(scene);
  });
});
