import { join } from 'node:path';
import { Command } from '../../testing/command.js';
import { scaled } from '../../testing/time-factor.js';

export const EXAMPLES = join(import.meta.dirname, '../../examples');

/** The lines that an example prints, in this order, among others. */
export type Story = readonly (string | RegExp)[];

/** Runs an example until it ends by itself. Kills one that does not end, which then has no exit code. */
export async function runExample(name: string, ...args: string[]) {
  await using command = new Command(['--import', 'tsx', join(EXAMPLES, `${name}.ts`), ...args]);
  const timer = setTimeout(() => command.kill('SIGKILL'), scaled(15_000));
  const { code } = await command.ended;
  clearTimeout(timer);
  return { code, lines: command.lines.items.map((line) => line.trim()), errors: command.errors.items };
}

/** The part of the story that the lines lack, when each line is searched after the previous one. */
export function missingFrom(story: Story, lines: readonly string[]): Story {
  let found = 0;
  for (const line of lines) {
    const next = story[found];
    if (next instanceof RegExp ? next.test(line) : next === line) found += 1;
  }
  return story.slice(found);
}
