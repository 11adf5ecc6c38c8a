import { describe, expect, it } from 'vitest';
import { CLIENT, OBSERVING, SESSION, SPEECH, WIRE } from '../../../lib/core/limits.js';

describe('the limits', () => {
  it('send a ping early enough to be answered before the server counts as silent', () => {
    expect(SESSION.pingAfter * 2).toBeLessThan(SESSION.silentAfter);
  });

  it('notice a silent server within the promised two thirds of the session timeout', () => {
    expect(SESSION.silentAfter).toBeLessThan(2 / 3);
  });

  it('leave time after a silence to try every server before the session expires', () => {
    expect(SESSION.silentAfter + SESSION.round).toBeLessThan(1);
  });

  it('pause between attempts for less than the shortest time after which a connection counts as stable', () => {
    expect(SESSION.reconnect.maxDelay).toBeLessThan(SESSION.stableAfter);
  });

  it('keep a SetWatches far below the longest request, and a request below the longest frame', () => {
    expect(SESSION.setWatchesBytes * 2).toBeLessThan(WIRE.longestRequest);
    expect(WIRE.longestRequest).toBeLessThan(WIRE.longestFrame);
  });

  it('let as many reads be outstanding as requests may be in flight, so that neither queue starves the other', () => {
    expect(OBSERVING.readsAtOnce).toBeLessThanOrEqual(SESSION.requestsInFlight);
    expect(OBSERVING.readsBegunPerTurn).toBeLessThanOrEqual(OBSERVING.readsAtOnce);
  });

  it('spread the rechecks over many ticks, each far shorter than the interval', () => {
    expect(OBSERVING.recheckTick * 100).toBeLessThanOrEqual(OBSERVING.recheckAfter);
  });

  it('notice a client that nobody connects at a tick of the rechecks', () => {
    expect(SPEECH.unusedAfter).toBe(OBSERVING.recheckTick);
  });

  it('report a missing connection before it is time to repeat the report, and not before a pause', () => {
    expect(SPEECH.unconnectedAfter).toBeLessThan(SPEECH.repeatAfter);
    expect(SPEECH.unconnectedAfter).toBeGreaterThan(SESSION.reconnect.maxDelay * 2);
    expect(SPEECH.calmAfter).toBeGreaterThan(SESSION.stableAfter);
  });

  it('let fewer than twenty lines a minute speak of a client that changes its state all the time', () => {
    const repeats = 60_000 / SPEECH.repeatAfter;
    const states = 2 * (SPEECH.statesAtOnce + repeats);
    expect(states + repeats).toBeLessThan(20);
  });

  it('let growing pauses grow', () => {
    for (const { minDelay, maxDelay, factor } of [CLIENT.retry, SESSION.reconnect, OBSERVING.retry, OBSERVING.quiet]) {
      expect(minDelay).toBeLessThan(maxDelay);
      expect(factor).toBeGreaterThan(1);
    }
  });

  it('give connect() longer than one session timeout, and close() less', () => {
    expect(CLIENT.connectTimeout).toBeGreaterThan(CLIENT.sessionTimeout);
    expect(CLIENT.closeDeadline).toBeLessThan(CLIENT.sessionTimeout);
  });
});
