import { JSON_OPTION, SERVER_OPTIONS, toMilliseconds } from '../arguments.js';
import { print, printJson } from '../output.js';
import { checkPositionals, parse } from '../parse.js';
import { withStorage } from './store-options.js';

export const OPTIONS = {
  ...SERVER_OPTIONS,
  root: { type: 'string' },
  grace: { type: 'string' },
  ...JSON_OPTION,
} as const;

/** Removes the chunks that no blob has. */
export async function gc(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, []);
  const grace = toMilliseconds('grace', values.grace, 0);
  return withStorage(values, async (storage) => {
    const removed = await storage.collectGarbage(grace === undefined ? {} : { grace });
    const { generations, chunks, bytes } = removed;
    if (values.json) await printJson({ generations, chunks, bytes });
    else await print(`removed ${generations} generations: ${chunks} chunks, ${bytes} bytes\n`);
  });
}
