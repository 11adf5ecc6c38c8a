import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../lib/cli/run-command.js';

const DOCUMENT = readFileSync('docs/command.md', 'utf8');
/** The tables for those who come from other tools have the options of those. */
const OWN = DOCUMENT.slice(0, DOCUMENT.indexOf('## Coming from'));
/** It is documented with the embedded server. */
const NAMES = [...COMMANDS.keys()].filter((name) => name !== 'serve');

async function helpOf(name: string): Promise<string> {
  return (await COMMANDS.get(name)?.())?.help ?? '';
}

/** Long options and environment variables. */
function namesIn(text: string): string[] {
  return [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*|ZK_RECIPES_[A-Z_]+/g))].sort();
}

/** Named in the document without being part of a help: every command has it, or it is of another program. */
const IN_THE_DOCUMENT_ALONE = ['--global', '--help', '--no-index', '--onse', '--unbuffered'];

describe('the document of the command', () => {
  it.each(NAMES)('has each option and variable of the help: %s', async (name) => {
    expect(namesIn(OWN)).toEqual(expect.arrayContaining(namesIn(await helpOf(name))));
  });

  it('has no others', async () => {
    const helps = await Promise.all(NAMES.map(helpOf));
    expect(namesIn(OWN)).toEqual([...namesIn(helps.join()), ...IN_THE_DOCUMENT_ALONE].sort());
  });

  it('names each command', () => {
    for (const name of NAMES) expect(OWN).toMatch(new RegExp(`^(## |\\| \`)${name}\\b`, 'm'));
  });
});
