import { readFile, writeFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Block, placeOf } from './code-blocks.js';
import type { WrittenBlocks } from './compile.js';
import { DOCUMENTED_SERVER, startDocumentedServer } from './documented-server.js';

/** The standard output of each program. */
export type Outputs = ReadonlyMap<Block, string>;

/** The longest run of a program, in ms. */
const TIME_LIMIT = 20_000;
/** The time after its last line in which a failure of its watches is noticed, in ms. */
const SETTLE = 300;
const AT_ONCE = 6;

/** A program that waits for changes by others is ended once it has printed something. */
const ENDLESS = /\bfor await\b|\bfor \(;;\)|\bawait changed\b/;
/** The log line of a watch whose function threw, or whose read failed. */
const WATCH_FAILED = /^zk-recipes: the watch of /m;
/** Servers that do not exist here. */
const ELSEWHERE = /'zk1:2181/;

const RUN = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then(() => parentPort.postMessage('evaluated'));
`;

/**
 * Runs each program on a server of its own. Those of a document run in their order, so that one can read a file which
 * an earlier one has written. Throws if any fails, with their places and outputs.
 */
export async function runPrograms(written: WrittenBlocks): Promise<Outputs> {
  const outputs = new Map<Block, string>();
  const failures: string[] = [];
  const waiting = documentsOf(written);
  const runOneByOne = async () => {
    for (let document = waiting.shift(); document; document = waiting.shift()) {
      for (const [file, block] of document) {
        try {
          outputs.set(block, await runProgram(file.replace(/ts$/, 'js'), ENDLESS.test(block.code)));
        } catch (error) {
          failures.push(`${placeOf(block)}: ${error instanceof Error ? error.message : error}`);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runOneByOne));
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
  return outputs;
}

/** The programs of each document, those with the most programs first. */
function documentsOf(written: WrittenBlocks): [file: string, block: Block][][] {
  const documents = new Map<string, [string, Block][]>();
  for (const entry of written) {
    const [, block] = entry;
    if (!isProgram(block)) continue;
    const document = documents.get(block.file) ?? [];
    documents.set(block.file, document);
    document.push(entry);
  }
  return [...documents.values()].sort((a, b) => b.length - a.length);
}

/** A block with a name is a test, or is imported by one. */
function isProgram({ name, notRun, code }: Block): boolean {
  return name === undefined && notRun === undefined && !ELSEWHERE.test(code);
}

async function runProgram(file: string, isEndless: boolean): Promise<string> {
  const server = await startDocumentedServer();
  try {
    const code = await readFile(file, 'utf8');
    await writeFile(file, code.replaceAll(DOCUMENTED_SERVER, server.connectString));
    return await runWorker(file, isEndless);
  } finally {
    await server.close();
  }
}

/** Runs a program to its last line, or to its first output if it is endless, and then for SETTLE ms. */
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
      timer = setTimeout(() => reject(new Error(`did not end within ${TIME_LIMIT} ms`)), TIME_LIMIT);
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
