import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { NodeLeaving } from '../../../lib/http/node-arrival.js';

function answering() {
  const outgoing = new ServerResponse(new IncomingMessage(new Socket()));
  const calls: string[] = [];
  const leave = (): void => {
    outgoing.destroy();
    outgoing.emit('close');
  };
  return { leave, calls, leaving: new NodeLeaving(outgoing), left: () => void calls.push('left') };
}

it('a client that leaves is heard of once, until nobody listens', () => {
  const { leave, calls, leaving, left } = answering();
  leaving.listen(left);
  leaving.listen(() => void calls.push('removed'))();
  expect([leaving.hasLeft, calls]).toEqual([false, []]);
  leave();
  expect([leaving.hasLeft, calls]).toEqual([true, ['left']]);
});

it('a client that had left before anybody listened is heard of at once: nothing waits for it', () => {
  const { leave, calls, leaving, left } = answering();
  leave();
  leaving.listen(left);
  expect(calls).toEqual(['left']);
});
