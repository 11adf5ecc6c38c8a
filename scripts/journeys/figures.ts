import type { Entry, Turn } from './recording.js';

type Step = Entry | Turn;

const isEntry = (step: Step): step is Entry => 'file' in step;
const isCodec = ({ file }: Entry): boolean => file.startsWith('lib/protocol/');

/** Prints how many functions and files a journey passes, how often it changes the file, and its turns. */
export function printFigures(title: string, steps: readonly Step[]): void {
  const entries = steps.filter(isEntry);
  const turns = steps.filter((step): step is Turn => !isEntry(step));
  const microtasks = turns.filter(({ isMicrotask }) => isMicrotask).length;
  console.log(`${title}
  with the codec     ${figuresOf(entries)}
  without the codec  ${figuresOf(entries.filter((entry) => !isCodec(entry)))}
  turns of the event loop after the first: ${turns.length - microtasks}, microtasks: ${microtasks}`);
}

/** Prints a journey, one function a line; the file's name appears where it changes. */
export function printSteps(steps: readonly Step[]): void {
  let file = '';
  for (const step of steps) {
    if (!isEntry(step)) {
      console.log(step.isMicrotask ? `      -- ${step.resource}` : `    == ${step.resource}`);
      continue;
    }
    console.log(`  ${(step.file === file ? '' : step.file).padEnd(52)}${step.name}`);
    file = step.file;
  }
  console.log('');
}

function figuresOf(entries: readonly Entry[]): string {
  const functions = new Set(entries.map(({ file, name }) => `${file} ${name}`));
  const files = new Set(entries.map(({ file }) => file));
  const changes = entries.filter(({ file }, index) => index > 0 && file !== entries[index - 1]?.file).length;
  const count = (number: number, what: string): string => `${String(number).padStart(4)} ${what}`;
  return [
    count(entries.length, 'calls'),
    count(functions.size, 'functions'),
    count(files.size, 'files'),
    count(changes, 'changes of file'),
  ].join(',');
}
