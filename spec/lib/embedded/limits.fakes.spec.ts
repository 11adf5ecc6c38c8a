import { describe, expect, it } from 'vitest';
import { WIRE } from '../../../lib/core/limits.js';
import { EMBEDDED_LIMITS as limits } from '../../../lib/embedded/limits.js';

/** A handshake without a password: protocol version, zxid, timeout, session id, password length, read-only flag. */
const SHORTEST_HANDSHAKE = 4 + 8 + 4 + 8 + 4 + 1;
const PASSWORD = 16;

describe('the limits of the embedded server', () => {
  it('are positive integers', () => {
    expect(Object.entries(limits).filter(([, value]) => !Number.isInteger(value) || value <= 0)).toEqual([]);
  });

  it('let a session live for more than one tick, and give every default timeout a valid range', () => {
    expect(limits.minSessionTicks).toBeGreaterThan(1);
    expect(limits.maxSessionTicks).toBeGreaterThan(limits.minSessionTicks);
    expect(limits.leastMaxSessionTimeout).toBeGreaterThan(limits.minSessionTicks * limits.tickTime);
  });

  it('search for expired znodes far less often than for expired sessions', () => {
    expect(limits.containerCheckInterval).toBeGreaterThanOrEqual(100 * limits.tickTime);
  });

  it('wait longer for a handshake than for the end of a connection', () => {
    expect(limits.handshakeTimeout).toBeGreaterThan(limits.closeTimeout);
  });

  it('accept a handshake with a password, and bound it far below a request', () => {
    expect(limits.longestHandshake).toBeGreaterThan(SHORTEST_HANDSHAKE + PASSWORD);
    expect(limits.longestHandshake).toBeLessThan(WIRE.longestRequest / 100);
  });

  it('write a batch before reading pauses, and pause reading before events cut the connection', () => {
    expect(limits.writeBatch).toBeLessThan(limits.pauseReadingAbove);
    expect(limits.pauseReadingAbove).toBeLessThan(limits.cutAboveEvents);
  });

  it('allow a reply that holds the largest znode many times over', () => {
    expect(limits.longestReply).toBeGreaterThan(10 * WIRE.longestRequest);
  });

  it('do not make a snapshot due after a single request', () => {
    expect(limits.snapshotEveryBytes).toBeGreaterThan(10 * WIRE.longestRequest);
    expect(limits.snapshotEveryTransactions).toBeGreaterThan(1);
  });

  it('read at least a snapshot block at a time, and compose blocks of at least a piece', () => {
    expect(limits.readChunk).toBeGreaterThanOrEqual(limits.snapshotBlock);
    expect(limits.snapshotPiece).toBeGreaterThanOrEqual(limits.snapshotBlock);
  });

  it('let the blocks of a log batch grow', () => {
    expect(limits.smallestLogBlock).toBeLessThan(limits.largestLogBlock);
  });
});
