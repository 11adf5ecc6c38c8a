import { readFile, writeFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Block, placeOf } from './code-blocks.js';
import type { WrittenBlocks } from './compile.js';
import { DOCUMENTED_SERVER, openStage } from './stage.js';

/** What a program that was run has printed. */
export type Outputs = ReadonlyMap<Block, string>;

/** A program may take so long, in ms. */
const TIME_LIMIT = 20_000;
/** So long its watches have to fail after its last line, in ms. */
const SETTLE = 300;
const AT_ONCE = 6;

/** A program that waits for what others do is ended once it has printed something. */
const ENDLESS = /\bfor await\b|\bfor \(;;\)|\bawait changed\b/;
/** What is logged of a function that has thrown, and of a read that has failed. */
const WATCH_FAILED = /^zk-recipes: the watch of /m;
/** Servers that are not there. */
const ELSEWHERE = /'zk1:2181/;

const RUN = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then(() => parentPort.postMessage('evaluated'));
`;

/** Runs every block that can be, each on a server of its own. Throws when one fails, with its place and what it printed. */
export async function runPrograms(written: WrittenBlocks): Promise<Outputs> {
  const outputs = new Map<Block, string>();
  const failures: string[] = [];
  const waiting = [...written].filter(([, block]) => isProgram(block));
  const runOneByOne = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [file, block] = next;
      try {
        outputs.set(block, await runProgram(file.replace(/ts$/, 'js'), ENDLESS.test(block.code)));
      } catch (error) {
        failures.push(`${placeOf(block)}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runOneByOne));
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
  return outputs;
}

/** What has a name is run by the tests, or is imported by them. */
function isProgram({ name, notRun, code }: Block): boolean {
  return name === undefined && notRun === undefined && !ELSEWHERE.test(code);
}

async function runProgram(file: string, isEndless: boolean): Promise<string> {
  const server = await openStage();
  try {
    const code = await readFile(file, 'utf8');
    await writeFile(file, code.replaceAll(DOCUMENTED_SERVER, server.connectString));
    return await runWorker(file, isEndless);
  } finally {
    await server.close();
  }
}

/** Runs it to its last line, or if it is endless until it has printed something; and then a little longer. */
async function runWorker(file: string, isEndless: boolean): Promise<string> {
  const worker = new Worker(RUN, { eval: true, workerData: file, stdout: true, stderr: true });
  let printed = '';
  let warned = '';
  let isEvaluated = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, SETTLE);
      };
      timer = setTimeout(() => reject(new Error(`does not come to its end in ${TIME_LIMIT} ms`)), TIME_LIMIT);
      worker.stderr.on('data', (chunk) => {
        warned += chunk;
      });
      worker.stdout.on('data', (chunk) => {
        if (isEndless && printed === '') settle();
        printed += chunk;
      });
      worker.on('message', () => {
        isEvaluated = true;
        settle();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (isEvaluated && code === 0) resolve();
        else reject(new Error(`ends with code ${code}, ${isEvaluated ? 'after' : 'before'} its last line`));
      });
    });
    if (WATCH_FAILED.test(warned)) throw new Error('a watch has failed');
    return printed;
  } catch (error) {
    const story = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${story}\nprinted: ${printed}\nwarned: ${warned}`);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
