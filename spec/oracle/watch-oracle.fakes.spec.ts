import { describe, expect, it } from 'vitest';
import type { WatchedEvent } from '../../lib/core/coordination-client.js';
import { ModelHistory } from '../attacks/properties/model-history.js';
import { type Moment, NO_ZNODE, type WatchState } from './moment.js';
import type { Rule, Violation } from './rules.js';
import { reportedToLogger } from './thrown-errors.js';
import { WatchOracle, type WatchOracleOptions } from './watch-oracle.js';

const state = (mark: bigint): WatchState => ({ mark, contents: `value ${mark}` });
const event = (type: WatchedEvent['type'], path = '/a'): WatchedEvent => ({ type, path });
const constructed: Moment = { what: 'constructed' };
const settled: Moment = { what: 'settled', how: 'value' };
const called = (delivered: WatchState, by: WatchedEvent | null = null): Moment => ({
  what: 'called',
  state: delivered,
  event: by,
});
const rest = (isStopped = false): Moment => ({ what: 'rest', isStopped });
const threw = (error: object): Moment => ({ what: 'settled', how: 'threw', error });
const stopped = (reason: 'stopped' | 'returned-false' | 'no-node' | 'session-lost'): Moment => ({
  what: 'stopped',
  reason,
});

/** A watch of `/a`, of which the server held the states in this order. */
function watch(held: readonly WatchState[], options: Partial<WatchOracleOptions> = {}) {
  const violations: Violation[] = [];
  const history = new ModelHistory();
  for (const each of held) history.changed(each);
  const onViolation = (violation: Violation) => violations.push(violation);
  const oracle = new WatchOracle({ path: '/a', aspect: 'data', waitsForNode: true, history, onViolation, ...options });
  return { oracle, violations, history };
}

function rulesBrokenBy(held: readonly WatchState[], moments: readonly Moment[], options?: Partial<WatchOracleOptions>) {
  const { oracle, violations } = watch(held, options);
  for (const moment of moments) oracle.see(moment);
  return violations.map(({ rule }) => rule);
}

describe('the oracle', () => {
  it('finds nothing wrong with a watch that delivers, throws, is coalesced and stops', () => {
    const error = new Error('thrown by the function');
    const moments: Moment[] = [
      constructed,
      called(state(1n)),
      threw(error),
      { what: 'reported', error },
      called(NO_ZNODE, event('NodeDeleted')),
      settled,
      called(state(4n), event('NodeCreated')),
      settled,
      called(state(6n), event('NodeDataChanged')),
      settled,
      rest(),
      { what: 'ended', reason: 'stopped' },
      stopped('stopped'),
      rest(true),
    ];
    expect(rulesBrokenBy([state(1n), NO_ZNODE, state(4n), state(5n), state(6n)], moments)).toEqual([]);
  });

  const first = [constructed, called(state(1n)), settled];
  const held = [state(1n), NO_ZNODE, state(2n), state(3n)];
  const error = new Error('thrown by the function');
  const breaches: [string, Rule, readonly Moment[]][] = [
    ['a watch that is never called', 'first-call', [constructed, rest()]],
    ['an event in the first call', 'first-call', [constructed, called(state(1n), event('NodeCreated'))]],
    ['a state that never was', 'real-state', [constructed, called(state(9n))]],
    ['contents of another state', 'real-state', [constructed, called({ mark: 1n, contents: 'value 2' })]],
    ['an older state', 'order', [constructed, called(state(2n)), settled, called(state(1n))]],
    ['the same state twice', 'order', [...first, called(state(1n))]],
    ['the state before the deletion again', 'order', [...first, called(NO_ZNODE), settled, called(state(1n))]],
    ['a missing znode twice', 'order', [constructed, called(NO_ZNODE), settled, called(NO_ZNODE)]],
    ['a call while another one runs', 'one-at-a-time', [constructed, called(state(1n)), called(state(2n))]],
    ['a call after stop()', 'stop-is-final', [...first, { what: 'ended', reason: 'stopped' }, called(state(2n))]],
    [
      'a call after false',
      'stop-is-final',
      [constructed, called(state(1n)), { what: 'settled', how: 'false' }, called(state(2n))],
    ],
    ['a watch that goes on after stop()', 'stop-is-final', [...first, { what: 'ended', reason: 'stopped' }, rest()]],
    ['a stop for false that nothing returned', 'stop-has-cause', [...first, stopped('returned-false')]],
    ['a stop for a loss that did not occur', 'stop-has-cause', [...first, stopped('session-lost')]],
    ['a stop for a znode that it waits for', 'stop-has-cause', [...first, stopped('no-node')]],
    [
      'two stops',
      'stop-has-cause',
      [...first, { what: 'ended', reason: 'stopped' }, stopped('stopped'), stopped('stopped')],
    ],
    [
      'a watch that outlives what it must not',
      'stop-has-cause',
      [...first, { what: 'stop-due', reason: 'session-lost', must: true }, rest()],
    ],
    ['a stop without its event', 'stop-has-cause', [...first, rest(true)]],
    ['an error that is not reported', 'throw-reported-once', [constructed, called(state(3n)), threw(error), rest()]],
    [
      'an error that is reported twice',
      'throw-reported-once',
      [constructed, called(state(3n)), threw(error), { what: 'reported', error }, { what: 'reported', error }],
    ],
    ['a report of an error that was not thrown', 'throw-reported-once', [...first, { what: 'reported', error: 1 }]],
    [
      'NodeDeleted beside data',
      'event-agrees',
      [constructed, called(state(1n)), settled, called(state(2n), event('NodeDeleted'))],
    ],
    ['an event of another path', 'event-agrees', [...first, called(state(2n), event('NodeDataChanged', '/b'))]],
    ['a call inside the constructor', 'own-turn', [called(state(1n))]],
    [
      "a call inside the library's work",
      'own-turn',
      [constructed, { what: 'called', state: state(1n), event: null, isInside: true }],
    ],
    ['a change that never comes', 'last-change', [...first, rest()]],
    ['a call that does not settle', 'last-change', [constructed, called(state(3n)), rest()]],
  ];

  it.each(breaches)('reports %s as a breach of %s', (_name, rule, moments) => {
    expect(rulesBrokenBy(held, moments)).toEqual([rule]);
  });

  it('accepts older marks once the ensemble was set back', () => {
    const moments = [constructed, called(state(2n)), settled, { what: 'set-back' } as const, called(state(1n))];
    expect(rulesBrokenBy(held, moments)).toEqual([]);
  });

  it('expects a watch that does not wait to stop when its znode is missing', () => {
    const options = { waitsForNode: false };
    expect(rulesBrokenBy([state(1n), NO_ZNODE], [...first, stopped('no-node'), rest(true)], options)).toEqual([]);
    expect(rulesBrokenBy([state(1n), NO_ZNODE], [...first, rest()], options)).toEqual(['stop-has-cause']);
  });

  it('counts errors that reach the logger, and lets errors of reads pass', () => {
    const thrown = new Error('thrown by the function');
    const { oracle, violations } = watch(held, { isReadError: (each) => each === 'of a read' });
    for (const moment of [constructed, called(state(3n)), threw(thrown)]) oracle.see(moment);
    oracle.see({ what: 'reported', error: 'of a read' });
    expect(reportedToLogger(thrown)).toBe(true);
    oracle.see(rest());
    expect(violations).toEqual([]);
    reportedToLogger(thrown);
    expect(violations.map(({ rule }) => rule)).toEqual(['throw-reported-once']);
    expect(reportedToLogger(new Error('of something else'))).toBe(false);
  });

  it('knows whether a delivery is pending', () => {
    const { oracle, history } = watch([state(1n)]);
    expect(oracle.isPending).toBe(true);
    oracle.see(constructed);
    oracle.see(called(state(1n)));
    expect(oracle.isPending).toBe(true);
    oracle.see(settled);
    expect(oracle.isPending).toBe(false);
    history.changed(state(2n));
    expect(oracle.isPending).toBe(true);
    oracle.see({ what: 'ended', reason: 'stopped' });
    expect(oracle.isPending).toBe(false);
  });
});
