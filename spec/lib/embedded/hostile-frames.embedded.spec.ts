import { describe, expect } from 'vitest';
import { OpCode } from '../../../lib/protocol/op-code.js';
import { answersIn, frameOf, handshakeFrame, ints, requestFrame } from '../../support/hostile-client.js';
import { attack, type Hostility, LARGEST_INT, TRUNCATED, text } from '../../support/hostility.js';

/** jute.maxbuffer. */
const LONGEST_REQUEST = 0xfffff;

const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const CREATE = { path: '/created', data: Buffer.from('data'), acl: ACL, flags: 0 };

describe('after the handshake', () => {
  attack.for<Hostility>([
    { name: 'a length of 0', bytes: ints(0), reason: `its input ${TRUNCATED}` },
    { name: 'a length of -1', bytes: ints(-1), reason: 'its input is malformed: a frame of -1 bytes' },
    {
      name: 'a length of 2^31-1',
      bytes: ints(LARGEST_INT),
      reason: 'its input is malformed: a frame of 2147483647 bytes',
    },
    { name: 'half a header', bytes: ints(4, 1), reason: `its input ${TRUNCATED}` },
    {
      name: 'a frame above jute.maxbuffer, announced',
      bytes: ints(LONGEST_REQUEST + 1),
      reason: 'its input is malformed: a frame of 1048576 bytes',
    },
    {
      name: 'a frame above jute.maxbuffer, sent in part',
      bytes: Buffer.concat([ints(LONGEST_REQUEST + 1), Buffer.alloc(500_000)]),
      reason: 'its input is malformed: a frame of 1048576 bytes',
    },
    {
      name: 'a frame above jute.maxbuffer, sent in full',
      bytes: Buffer.concat([ints(LONGEST_REQUEST + 1), Buffer.alloc(LONGEST_REQUEST + 1)]),
      reason: 'its input is malformed: a frame of 1048576 bytes',
    },
    {
      name: 'a four-letter word',
      bytes: text('ruok'),
      reason: 'its input is malformed: a frame of 1920298859 bytes',
    },
    {
      name: 'random bytes',
      bytes: text('\xe3\xf1\x07\x99\x2e\x00\x51\x00\x00'),
      reason: 'its input is malformed: a frame of -470743143 bytes',
    },
  ])(
    '$name ends the connection without an answer, with one line in the log',
    async ({ bytes, reason }, { attacked }) => {
      const client = await attacked.open();
      client.send(bytes);
      await attacked.expectEnded(client, reason);
      expect(client.answers).toHaveLength(0);
    },
  );

  attack.for([
    { name: 'another handshake', bytes: handshakeFrame(), op: 0 },
    { name: 'an operation of -1', bytes: frameOf(7, -1), op: -1 },
    { name: 'an operation of 2^31-1', bytes: frameOf(7, LARGEST_INT), op: LARGEST_INT },
  ])(
    '$name is answered with -6 and ends the connection, with one line in the log',
    async ({ bytes, op }, { attacked }) => {
      const client = await attacked.open();
      client.send(bytes);
      await attacked.expectEnded(client, `it requested the unknown operation ${op}`);
      expect(answersIn(client.answers)).toMatchObject([{ error: -6 }]);
    },
  );

  attack('only the requests before a malformed one are executed', async ({ attacked }) => {
    const client = await attacked.open();
    const before = requestFrame(1, 'create', { ...CREATE, path: '/before' });
    const after = requestFrame(3, 'create', { ...CREATE, path: '/after' });
    client.send(Buffer.concat([before, frameOf(2, OpCode.create), after]));
    await attacked.expectEnded(client, `its request of operation 1 ${TRUNCATED}`);
    expect(answersIn(client.answers)).toMatchObject([
      { xid: 1, error: 0 },
      { xid: 2, error: -5 },
    ]);
    expect(await attacked.other.exists('/before')).not.toBeNull();
    expect(await attacked.other.exists('/after')).toBeNull();
  });

  attack('an end or a reset in the middle of a request leaves nothing behind', async ({ attacked }) => {
    const [ending, resetting] = [await attacked.open(), await attacked.open()];
    const half = requestFrame(1, 'create', CREATE).subarray(0, 20);
    ending.send(half);
    resetting.send(half);
    await attacked.expectUndisturbed();
    ending.socket.end();
    resetting.socket.resetAndDestroy();
    await attacked.expectGone(ending);
    await attacked.expectGone(resetting);
    await attacked.expectConnections(0);
  });

  attack('a client that has half-closed gets the answers to its requests', async ({ attacked }) => {
    const client = await attacked.open();
    const requests = Array.from({ length: 10 }, (_, xid) => requestFrame(xid, 'exists', { path: '/', watch: false }));
    client.socket.end(Buffer.concat(requests));
    await attacked.expectGone(client);
    expect(answersIn(client.answers).map(({ xid, error }) => [xid, error])).toEqual(requests.map((_, xid) => [xid, 0]));
  });
});
