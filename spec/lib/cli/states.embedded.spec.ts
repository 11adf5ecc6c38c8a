import { describe, expect, it } from 'vitest';
import { CliFixture } from './cli-fixture.js';

const TERMINAL = 'process.stderr.isTTY = true;';

/** The lines of stderr up to that of the first call, which are the states. */
async function statesWith(env: Record<string, string>, before = ''): Promise<string[]> {
  await using fixture = await CliFixture.open();
  const { errors } = await fixture.result(['watch', 'data', '/zookeeper', '--once'], { env, before });
  return errors.map((line) => line.replace(/^zk-recipes: \S+Z /, '')).slice(0, -1);
}

const PLAIN = ['connecting', 'connected'];
const COLOURED = ['\x1b[33mconnecting\x1b[0m', '\x1b[32mconnected\x1b[0m'];

describe('the states on stderr', () => {
  it.each<[string, Record<string, string>, string]>([
    ['on a terminal', { TERM: 'xterm' }, TERMINAL],
    ['on a terminal, when NO_COLOR is empty', { TERM: 'xterm', NO_COLOR: '' }, TERMINAL],
    ['with FORCE_COLOR', { FORCE_COLOR: '1' }, ''],
  ])('have colours %s', async (_name, env, before) => {
    expect(await statesWith(env, before)).toEqual(COLOURED);
  });

  it.each<[string, Record<string, string>, string]>([
    ['in a pipe', { TERM: 'xterm' }, ''],
    ['on a terminal with NO_COLOR', { TERM: 'xterm', NO_COLOR: '1' }, TERMINAL],
    ['with NO_COLOR, regardless of FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, ''],
    ['on a terminal with FORCE_COLOR=0', { TERM: 'xterm', FORCE_COLOR: '0' }, TERMINAL],
    ['on a dumb terminal', { TERM: 'dumb' }, TERMINAL],
  ])('have none %s', async (_name, env, before) => {
    expect(await statesWith(env, before)).toEqual(PLAIN);
  });
});
