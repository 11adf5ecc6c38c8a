import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Command } from '../../support/command.js';

const USAGE = 'Usage: zk-recipes <command>';

describe('zk-recipes', () => {
  it.each([[['--help']], [['-h']], [['help']], [['serve', '--help']], [['serve', '--port', '0', '-h']]])(
    'explains itself on %j',
    async (args) => {
      await using command = await Command.run(...args);
      expect(await command.ended).toEqual({ code: 0, signal: null });
      expect(command.errors.items).toEqual([]);
      expect(command.lines.items[0]).toBe(USAGE);
      const text = command.lines.items.join('\n');
      for (const part of ['serve', '--port', '--host', '--data', '--tick-time', '--version'])
        expect(text).toContain(part);
    },
  );

  it.each(['--version', '-v'])('says its version on %s', async (flag) => {
    await using command = Command.runInPlace(flag);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(command.lines.items).toEqual([version]);
  });

  it.each<[string[], string]>([
    [[], 'which command?'],
    [['sevre'], 'there is no command "sevre"'],
    [['--frobnicate'], 'there is no command "--frobnicate"'],
    [['serve', 'now'], "Unexpected argument 'now'"],
    [['serve', '--prot', '1'], "Unknown option '--prot'"],
    [['serve', '--port'], "'--port"],
    [['serve', '--port', '65536'], '--port must be a whole number from 0 to 65535, but is "65536"'],
    [['serve', '--port', '0x10'], '--port must be a whole number'],
    [['serve', '--port='], '--port must be a whole number'],
    [['serve', '--port', '-1'], "'--port'"],
    [['serve', '--tick-time', '0'], '--tick-time must be a whole number from 1'],
    [['serve', '--data', ''], '--data must not be empty'],
    [['serve', '--host='], '--host must not be empty'],
  ])('refuses %j, says why, and how it is used', async (args, reason) => {
    await using command = await Command.run(...args);
    expect(await command.ended).toEqual({ code: 2, signal: null });
    expect(command.lines.items).toEqual([]);
    expect(command.errors.items[0]).toMatch(/^zk-recipes: /);
    expect(command.errors.items[0]).toContain(reason);
    expect(command.errors.items).toContain(USAGE);
  });
});
