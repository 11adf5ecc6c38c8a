import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import { atExit } from './at-exit.js';
import { Recorder } from './recorder.js';
import { scaled } from './time-factor.js';

/** A line that a scenario printed: a name and a value. */
export type Sight = readonly [name: string, value: unknown];

/**
 * Runs one of the scenarios of a Python script, to its end, and gives the lines of JSON that it printed.
 *
 * @param onSight called with each of them as it comes
 * @param python one that has kazoo; default: the one that the project's setup has found
 */
export async function runKazoo(
  script: string,
  scenario: string,
  connectString: string,
  onSight: (sight: Sight) => void = () => {},
  python: string | null = inject('peers').kazooPython,
): Promise<readonly Sight[]> {
  if (python === null) {
    throw new Error('This needs kazoo: run `apt-get install python3-kazoo`, or have a python3 with kazoo on the PATH.');
  }
  const child = spawn(python, ['-B', script, scenario, connectString], { stdio: ['ignore', 'pipe', 'pipe'] });
  const forget = atExit(() => child.kill('SIGKILL'));
  const timer = setTimeout(() => child.kill('SIGKILL'), scaled(25_000));
  const sights = new Recorder<Sight>();
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    sights.record(JSON.parse(line));
    onSight(JSON.parse(line));
  });
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code === 0) return sights.items;
    const seen = sights.items.map((sight) => JSON.stringify(sight)).join('\n');
    throw new Error(`${scenario} ended with exit code ${code}:\n${errors.join('')}\nafter\n${seen}`);
  } finally {
    clearTimeout(timer);
    forget();
  }
}
