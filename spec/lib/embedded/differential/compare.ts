import { type PlayedStep, play } from './player.js';
import { describeStep, type Program, type Step } from './program.js';
import type { Stage } from './stage.js';

/** The two servers that are to behave alike. */
export interface Servers {
  readonly real: Stage;
  readonly embedded: Stage;
}

/** A program that the two servers do not answer alike. */
export class DifferenceError extends Error {
  override name = 'DifferenceError';
  /** Up to the step that is answered differently. */
  readonly program: Program;

  constructor(program: Program, details: readonly string[]) {
    super(['', ...program.map((step, index) => `${index + 1}. ${describeStep(step)}`), '', ...details].join('\n'));
    this.program = program;
  }
}

/** Plays a program on both servers, and returns what the real one has sent. Throws DifferenceError unless both are alike. */
export async function compare({ real, embedded }: Servers, program: Program): Promise<readonly PlayedStep[]> {
  const [expected, actual] = await Promise.all([play(real, program), play(embedded, program)]);
  for (const [index, { step, lines }] of expected.entries()) {
    const other = actual[index]?.lines ?? [];
    if (lines.join('\n') === other.join('\n')) continue;
    throw new DifferenceError(program.slice(0, index + 1), [`At: ${step}`, ...differing(lines, other)]);
  }
  return expected;
}

/** All that the real server has sent, when the embedded one has sent the same. */
export async function transcript(servers: Servers, program: Program): Promise<string> {
  const played = await compare(servers, program);
  return played.flatMap(({ step, lines }) => [`-- ${step}`, ...lines]).join('\n');
}

/** The difference of a program with nothing in it that could be left out, as far as it is found in time. */
export async function minimize(
  servers: Servers,
  difference: DifferenceError,
  deadline = performance.now() + 60_000,
): Promise<DifferenceError> {
  for (const smaller of smallerThan(difference.program)) {
    if (performance.now() > deadline) return difference;
    try {
      await compare(servers, smaller);
    } catch (error) {
      if (error instanceof DifferenceError) return minimize(servers, error, deadline);
      throw error;
    }
  }
  return difference;
}

/** All programs with one thing less. */
function* smallerThan(program: Program): Generator<Program> {
  for (const [index, step] of program.entries()) {
    yield program.toSpliced(index, 1);
    for (const smaller of smallerSteps(step)) yield program.toSpliced(index, 1, smaller);
  }
}

function* smallerSteps(step: Step): Generator<Step> {
  if (step.kind !== 'requests') return;
  for (const [index, { name, record }] of step.requests.entries()) {
    if (step.requests.length > 1) yield { ...step, requests: step.requests.toSpliced(index, 1) };
    if (name !== 'multi' && name !== 'multiRead') continue;
    for (const at of record.keys()) {
      yield { ...step, requests: step.requests.toSpliced(index, 1, { name, record: record.toSpliced(at, 1) }) };
    }
  }
}

function differing(expected: readonly string[], actual: readonly string[]): string[] {
  const same = expected.findIndex((line, index) => line !== actual[index]);
  const from = same < 0 ? expected.length : same;
  const orNothing = (lines: readonly string[]): readonly string[] => (lines.length > 0 ? lines : ['nothing more']);
  return [
    ...expected.slice(0, from).map((line) => `    both: ${line}`),
    ...orNothing(expected.slice(from)).map((line) => `    real: ${line}`),
    ...orNothing(actual.slice(from)).map((line) => `embedded: ${line}`),
  ];
}
