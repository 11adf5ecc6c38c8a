import { expect, it } from 'vitest';
import { Command } from '../../testing/command.js';

it('the script of the journeys sees both of them: one ends where a request is written, one begins at a notification', async () => {
  await using script = new Command(['--import', 'tsx', 'scripts/journeys.ts', '--list']);
  const end = await script.ended;
  expect({ ...end, errors: script.errors.items }).toEqual({ code: 0, signal: null, errors: [] });
  const lines = script.lines.items;
  const [first = [], second = []] = [lines.slice(0, lines.indexOf('')), lines.slice(lines.indexOf(''))];
  expect(first.join('\n')).toMatch(/DataWatch\.constructor.*WireProtocol\.request/s);
  expect(second.join('\n')).toMatch(/WireProtocol\.received.*NodeObserver.*WireProtocol\.request/s);
});
