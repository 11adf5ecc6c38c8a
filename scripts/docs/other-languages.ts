import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Block, placeOf } from './code-blocks.js';

const run = promisify(execFile);

/** Throws if a block in a language other than TypeScript cannot be parsed, or has a language without a check. */
export async function checkOthers(blocks: readonly Block[]): Promise<void> {
  await Promise.all(
    blocks.map(async (block) => {
      try {
        await parse(block);
      } catch (error) {
        throw new Error(`${placeOf(block)}: ${error instanceof Error ? error.message : error}`);
      }
    }),
  );
}

async function parse({ language, code }: Block): Promise<void> {
  switch (language) {
    case 'sh':
      await run('sh', ['-n', '-c', code]);
      break;
    case 'json':
      for (const line of code.trim().split(/\n(?=\{)/)) JSON.parse(line);
      break;
    case '': // Text.
    case 'text': // A diagram.
    case 'ts': // Compiled.
    case 'python': // Run beside ours.
    case 'js': // From a project of spec/world/projects, which runs it.
    case 'typescript': // The same, with packages that are not installed here.
      break;
    default:
      throw new Error(`there is no check for blocks of ${language}`);
  }
}
