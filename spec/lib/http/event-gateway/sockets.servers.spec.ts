import { expect } from 'vitest';
import { GatewaySocket } from '../../../support/gateway-socket.js';
import { it } from '../../../support/http-fixtures.js';

it('sends the position first, and then each change with its data', async ({ client, other, serve }) => {
  await other.create('/a/old', 'x', { makePath: true });
  const { url } = await serve(client, '/a');
  const socket = await GatewaySocket.open(url);
  socket.subscribe({ id: 7 });
  const [first] = await socket.messages.untilCount(1);
  expect(first).toMatchObject({ id: 7, path: '/a', changes: [], position: expect.stringMatching(/^\d+$/) });
  expect(first).not.toHaveProperty('reset');
  await other.create('/a/new', 'z');
  await socket.untilChanges(1);
  await other.setData('/a/old', 'y');
  await socket.untilChanges(2);
  await other.delete('/a/old');
  expect(await socket.untilChanges(3)).toEqual(['created /a/new', 'modified /a/old', 'deleted /a/old']);
  const [created] = socket.messages.items[1]?.changes ?? [];
  const { czxid } = (await other.getData('/a/new')).stat;
  expect(created).toMatchObject({ zxid: `${czxid}`, stat: { czxid: `${czxid}`, dataLength: 1 }, data: 'eg==' });
  await socket.close();
});
