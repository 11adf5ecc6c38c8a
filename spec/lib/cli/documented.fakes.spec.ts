import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobCommand } from '../../../lib/cli/blob/blob.js';
import { createCommand } from '../../../lib/cli/create.js';
import { deleteCommand } from '../../../lib/cli/delete.js';
import { gatewayCommand } from '../../../lib/cli/gateway.js';
import { getCommand } from '../../../lib/cli/get.js';
import { lsCommand } from '../../../lib/cli/ls.js';
import { pollCommand } from '../../../lib/cli/poll.js';
import { setCommand } from '../../../lib/cli/set.js';
import { subscribeCommand } from '../../../lib/cli/subscribe.js';
import { watchCommand } from '../../../lib/cli/watch.js';

const DOCUMENT = readFileSync('docs/command.md', 'utf8');
const READING = { watchCommand, subscribeCommand, pollCommand, getCommand, lsCommand };
const WRITING = { setCommand, createCommand, deleteCommand };
const COMMANDS = { ...READING, ...WRITING, blobCommand, gatewayCommand };

/** Long options and environment variables. */
function namesIn(text: string): string[] {
  return [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*|ZK_RECIPES_[A-Z_]+/g))].sort();
}

/** Named in the document without being part of a help: every command has it, or it is of another program. */
const IN_THE_DOCUMENT_ALONE = ['--help', '--unbuffered'];

describe('the document of the command', () => {
  it.each(Object.entries(COMMANDS))('has each option and variable of the help: %s', (_name, { help }) => {
    expect(namesIn(DOCUMENT)).toEqual(expect.arrayContaining(namesIn(help)));
  });

  it('has no others', () => {
    const helps = Object.values(COMMANDS).map(({ help }) => help);
    expect(namesIn(DOCUMENT)).toEqual([...namesIn(helps.join()), ...IN_THE_DOCUMENT_ALONE].sort());
  });
});
