import { describe, expect, it } from 'vitest';
import { CLIENT, DEADLINE, OBSERVING, SESSION, SPEECH, WIRE } from '../../../lib/core/limits.js';

describe('the limits', () => {
  it('send a ping early enough to be answered before the server counts as silent', () => {
    expect(SESSION.pingAfter * 2).toBeLessThan(SESSION.silentAfter);
  });

  it('notice a silent server within the promised two thirds of the session timeout', () => {
    expect(SESSION.silentAfter).toBeLessThan(2 / 3);
  });

  it('leave time after a silence to try every server, and a slow one, before the session expires', () => {
    expect(SESSION.silentAfter + SESSION.quickRound).toBeLessThan(0.75);
  });

  it('leave time for a handshake of 0.6 T after a quick round, even when the last answer is a ping ago', () => {
    expect(SESSION.pingAfter + SESSION.quickRound).toBeLessThan(1 - 0.6);
    expect(SESSION.longAttempt).toBeGreaterThan(0.6);
  });

  it('try all servers within a third of the session timeout when there is no session to save', () => {
    expect(SESSION.round).toBeLessThan(1 / 3);
    expect(SESSION.quickRound).toBeLessThan(SESSION.round);
  });

  it('end a connection that leaves a request unanswered within two session timeouts, and settle a call within three', () => {
    expect(SESSION.answerWithin).toBeGreaterThan(SESSION.silentAfter);
    expect(SESSION.answerWithin).toBeLessThan(2);
    expect(SESSION.answerWithin + SESSION.lateAttempt).toBeLessThan(SESSION.settleWithin);
    expect(SESSION.settleWithin).toBeLessThan(3);
  });

  it('leave room for another server after a SetWatches without an answer, while the session lives', () => {
    expect(SESSION.armWithin * 2).toBeLessThan(1);
  });

  it('read the sockets often enough in each deadline for a handshake in a busy event loop', () => {
    expect(DEADLINE.slices / (1 + DEADLINE.lateness)).toBeGreaterThan(6);
  });

  it('pause between attempts for less than the shortest time after which a connection counts as stable', () => {
    expect(SESSION.reconnect.maxDelay).toBeLessThan(SESSION.stableAfter);
  });

  it('keep a SetWatches far below the longest request, and a request below the longest frame', () => {
    expect(SESSION.setWatchesBytes * 2).toBeLessThan(WIRE.longestRequest);
    expect(WIRE.longestRequest).toBeLessThan(WIRE.longestReply);
    expect(WIRE.longestReply).toBeLessThan(WIRE.longestFrame);
    expect(WIRE.longestHandshake).toBeLessThanOrEqual(WIRE.smallestLimit);
    // Its overhead and a path must fit into the smallest request.
    expect(WIRE.smallestLimit).toBeGreaterThan(10 * 64);
  });

  it('let as many reads be outstanding as requests may be in flight, so that neither queue starves the other', () => {
    expect(SESSION.rearmingReads).toBeLessThanOrEqual(SESSION.requestsInFlight);
    expect(OBSERVING.readsAtOnce).toBeLessThanOrEqual(SESSION.requestsInFlight);
    expect(OBSERVING.readsBegunPerTurn).toBeLessThanOrEqual(OBSERVING.readsAtOnce);
  });

  it('leave most of the requests in flight to others while a branch is deleted', () => {
    expect(CLIENT.deletion.requestsInFlight * 2).toBeLessThan(SESSION.requestsInFlight);
    expect(CLIENT.deletion.branchesAtOnce).toBeLessThan(CLIENT.deletion.requestsInFlight);
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
