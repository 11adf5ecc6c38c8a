import { childOf } from '../../core/paths.js';
import { GLOBAL_OPTIONS, SERVER_OPTIONS, toServerArguments } from '../arguments.js';
import type { CommandOptions, LoadableCommands } from '../command.js';
import { COMMAND } from '../limits.js';
import { optionOf, parse, splitLeadingOptions } from '../parse.js';
import { withClient } from '../with-client.js';

/**
 * The words that may stand in the place of the last one; none where files may.
 *
 * @param words the command line so far, without the name of the program; the last one is unfinished, or empty
 */
export async function candidates(words: readonly string[], commands: LoadableCommands): Promise<string[]> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const found = await possible(before, current, commands);
  return found.filter((word) => word.startsWith(current));
}

async function possible(
  before: readonly string[],
  current: string,
  commands: LoadableCommands,
): Promise<readonly string[]> {
  if (before.includes('--')) return [];
  const [name, ...own] = splitLeadingOptions(before, GLOBAL_OPTIONS).rest;
  if (name === undefined) {
    if (isValue(before, GLOBAL_OPTIONS)) return [];
    return current.startsWith('-') ? longNames(GLOBAL_OPTIONS) : [...commands.keys(), 'help'];
  }
  if (name === 'help') return own.length === 0 ? [...commands.keys()] : [];
  const command = await commands.get(name)?.();
  if (!command || isValue(before, command.options)) return [];
  if (current.startsWith('-')) return longNames(command.options);
  const { words = [], takesPaths = true } = command;
  if (words.length > 0 && splitLeadingOptions(own, command.options).rest.length === 0) return words;
  return takesPaths ? pathsBeside(current, before) : [];
}

/** Whether the next word is the value of an option. */
function isValue(before: readonly string[], options: CommandOptions): boolean {
  const last = before.at(-1);
  return last !== undefined && splitLeadingOptions([last, ''], options).rest.length === 0;
}

function longNames(options: CommandOptions): string[] {
  return [...Object.keys(options), 'help'].map((name) => `--${name}`);
}

/** The paths of the children of the znode that the unfinished path has reached. */
async function pathsBeside(current: string, before: readonly string[]): Promise<string[]> {
  const parent = current.slice(0, Math.max(current.lastIndexOf('/'), 0)) || '/';
  const { values } = parse(serverOptionsIn(before), SERVER_OPTIONS);
  const servers = await toServerArguments({ ...values, timeout: String(COMMAND.completion) });
  let found: string[] = [];
  await withClient(servers, async (client) => {
    const { children } = await client.getChildren(parent);
    found = children.sort().map((name) => childOf(parent, name));
  });
  return found;
}

/** The options about the servers, wherever they stand. */
function serverOptionsIn(before: readonly string[]): string[] {
  const found: string[] = [];
  for (let index = 0; index < before.length; ) {
    const argument = before[index] as string;
    const [name = ''] = argument.split('=', 1);
    const size = isValue([argument], SERVER_OPTIONS) ? 2 : 1;
    if (optionOf(name, SERVER_OPTIONS)) found.push(...before.slice(index, index + size));
    index += size;
  }
  return found;
}
