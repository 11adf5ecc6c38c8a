import { type PlayedStep, play } from './player.js';
import { describeStep, type Program, type Step } from './program.js';
import type { ProgramHost } from './program-host.js';

/** The two servers to compare. */
export interface Servers {
  readonly real: ProgramHost;
  readonly embedded: ProgramHost;
}

/** A program that the two servers answer differently. */
export class DifferenceError extends Error {
  override name = 'DifferenceError';
  /** Ends with the step that is answered differently. */
  readonly program: Program;

  constructor(program: Program, details: readonly string[]) {
    super(['', ...program.map((step, index) => `${index + 1}. ${describeStep(step)}`), '', ...details].join('\n'));
    this.program = program;
  }
}

/** Plays a program on both servers. Returns the real one's frames; throws DifferenceError when the other's differ. */
export async function compare({ real, embedded }: Servers, program: Program): Promise<readonly PlayedStep[]> {
  const [expected, actual] = await Promise.all([play(real, program), play(embedded, program)]);
  for (const [index, { step, lines }] of expected.entries()) {
    const other = actual[index]?.lines ?? [];
    if (lines.join('\n') === other.join('\n')) continue;
    throw new DifferenceError(program.slice(0, index + 1), [`At: ${step}`, ...differing(lines, other)]);
  }
  return expected;
}

/** The frames of the real server as text. Throws DifferenceError when the embedded server's differ. */
export async function transcript(servers: Servers, program: Program): Promise<string> {
  const played = await compare(servers, program);
  return played.flatMap(({ step, lines }) => [`-- ${step}`, ...lines]).join('\n');
}

/** Removes all parts of the program that the difference does not need, as far as time permits. */
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

/** All programs with one part less. */
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
