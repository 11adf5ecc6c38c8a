import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENSEMBLE_FAULTS } from './ensemble-faults.js';
import type { Fault } from './fault.js';
import { OWN_FAULTS } from './own-faults.js';
import { SERVER_FAULTS } from './server-faults.js';

const DOCUMENT = readFileSync(new URL('../../../docs/reliability.md', import.meta.url), 'utf8');

const EVENTS = { server: "the server's", null: '`null`', either: 'either' };

/** The table below a heading, with single spaces. */
function tableBelow(heading: string): string[] {
  const section = DOCUMENT.split(`\n### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => line.replaceAll(/ +/g, ' '));
}

function lineOf<Servers>(fault: Fault<Servers>): string {
  const { name, sessionTimeout, states, suspendedWithin, connectedWithin = 1_000, event } = fault;
  const hasLeft = states.length > 0;
  const cells = [
    name,
    inMs(sessionTimeout),
    hasLeft ? states.map((state) => `\`${state}\``).join(' ') : '–',
    suspendedWithin === undefined ? '–' : inMs(suspendedWithin),
    hasLeft ? inMs(connectedWithin) : '–',
    EVENTS[event],
  ];
  return `| ${cells.join(' | ')} |`;
}

const inMs = (ms: number): string => Math.ceil(ms).toLocaleString('en');

describe('docs/reliability.md', () => {
  it.each([
    ['Between the client and its server, and the server itself', SERVER_FAULTS.map(lineOf)],
    ['An ensemble of three', ENSEMBLE_FAULTS.map(lineOf)],
    ['The client itself', OWN_FAULTS.map(lineOf)],
  ])('has the faults of the specs, and what they expect: %s', (heading, lines) => {
    expect(tableBelow(heading)).toEqual(lines);
  });
});
