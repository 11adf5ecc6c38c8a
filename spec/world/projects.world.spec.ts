import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer.js';

const PROJECTS = join(import.meta.dirname, 'projects');
const GUIDE = join(import.meta.dirname, '../../docs/project-setups.md');

/** A line of each project's tests when they pass. */
const PASSED: Readonly<Record<string, string | RegExp>> = {
  'commonjs-typescript': 'CommonJS reads verbose',
  nestjs: 'NestJS shows the new checkout',
  'jest-esm': 'Tests:       4 passed, 4 total',
  'jest-commonjs': 'Tests:       1 passed, 1 total',
  vitest: /Tests {2}2 passed/,
  'node-test': /^# pass 1$|^ℹ pass 1$/m,
};

/** The files of a project that the guide shows. */
const SHOWN: readonly string[] = [
  'commonjs-typescript/tsconfig.json',
  'nestjs/tsconfig.json',
  'nestjs/feature-flags.ts',
  'jest-commonjs/jest.config.js',
  'node-test/config.test.js',
];

describe('a project with the packed package and the newest @types/node', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.copy(PROJECTS, '@types/node@latest');
    return () => consumer.remove();
  });

  it.concurrent.each(Object.entries(PASSED))('%s passes its tests', async (project, passed) => {
    const { code, output } = await consumer.run('npm', 'test', '--prefix', project);
    expect(stripVTControlCharacters(output)).toMatch(passed);
    expect(code).toBe(0);
    // The warning of Node 20.19 about require() of ES modules names the files of the user.
    expect(output).not.toMatch(/node_modules\/zk-recipes/);
  });

  it.each(SHOWN)('is set up as the guide shows: %s', async (file) => {
    const text = await readFile(join(PROJECTS, file), 'utf8');
    expect(await readFile(GUIDE, 'utf8')).toContain(text);
  });
});
