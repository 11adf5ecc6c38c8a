import { WIRE } from '../../core/limits.js';
import { toHex } from '../../core/to-hex.js';
import { boolean } from '../../protocol/codec.js';
import { JuteReader, MalformedRecordError } from '../../protocol/jute.js';
import { connectResponseRecord } from '../../protocol/messages.js';
import { ServerCode } from '../../protocol/server-code.js';
import type { ConnectionOptions, Handshake } from './connection.js';

const PASSWORD_BYTES = 16;

/** The length field and the header of a reply. */
const REFUSAL_BYTES = 20;

/**
 * Reads the answer to the first frame.
 *
 * - Another session than the one asked for is not taken for it, nor for a sign that it has expired: other servers may
 *   still hold it. If none does, its timeout ends it.
 * - A server grants more than was asked for only up to its `minSessionTimeout`, and less only down to its
 *   `maxSessionTimeout`: both are some ticks. The bounds are far outside of what is configured in practice.
 *
 * @param frame with its length field
 * @returns the session; `null` when the server does not know the one asked for
 * @throws MalformedRecordError for an answer that no server would give; Error for a server that gives no session
 */
export function readHandshake(
  frame: Buffer,
  { session, sessionTimeout: asked }: Pick<ConnectionOptions, 'session' | 'sessionTimeout'>,
): Handshake | null {
  if (frame.length === REFUSAL_BYTES && frame.readInt32BE(16) === ServerCode.NOT_READ_ONLY) {
    throw new Error(
      'the server has no quorum, and gives no session to read in: it needs localSessionsEnabled=true (ZOOKEEPER-3864)',
    );
  }
  const reader = new JuteReader(frame, 4);
  const { sessionTimeout, sessionId: id, password } = connectResponseRecord.read(reader);
  const isReadOnly = reader.remaining > 0 && boolean.read(reader);
  if (sessionTimeout === 0 && id === 0n && session) return null;
  const longest = Math.max(asked, WIRE.longestGrantedTimeout);
  const shortest = Math.min(asked, WIRE.shortestGrantedTimeout);
  if (sessionTimeout < shortest || sessionTimeout > longest) {
    throw implausible(`a session timeout of ${sessionTimeout} ms, where ${asked} ms were asked for`);
  }
  if (id === 0n) throw implausible('no session');
  if (session && id !== session.id) throw implausible(`session ${toHex(id)} in place of session ${toHex(session.id)}`);
  if (password?.length !== PASSWORD_BYTES) throw implausible(`a password of ${password?.length ?? 0} bytes`);
  return { id, password, sessionTimeout, ...(isReadOnly && { isReadOnly }) };
}

function implausible(what: string): MalformedRecordError {
  return new MalformedRecordError(`the handshake grants ${what}`);
}

/** The error for a connection that ended in place of a handshake. */
export function hungUpOnHandshake({ session }: ConnectionOptions): Error {
  // For its session's sake, a client comes back to a server that it knows.
  const guess = session ? '' : ', as a TLS port does, and a server that does not serve yet';
  return new Error(`the server hung up instead of answering the handshake${guess}`);
}
