import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findPeers } from '../../testing/find-peers.js';
import { type Block, placeOf } from './code-blocks.js';
import { DOCUMENTED_SERVER, startDocumentedServer } from './documented-server.js';
import type { Outputs } from './run-programs.js';

const run = promisify(execFile);

/** An example of kazoo's documentation, and our translation of it. */
interface Pair {
  readonly kazoo: Block;
  readonly ours: Block;
}

/** Lines that import or connect, which are not the subject of any example. */
const KAZOO_PREPARES = /^(from|import) |^\w+ = KazooClient\(|^(zk|client)\.start\(\)$/;
const OURS_PREPARES = /^import |^const client = await new ZooKeeperClient\(.*\)\.connect\(\);$/;

/** Each block in Python, with the block in TypeScript that follows it. */
export function findPairs(blocks: readonly Block[]): Pair[] {
  return blocks.flatMap((kazoo, index) => {
    if (kazoo.language !== 'python') return [];
    const ours = blocks[index + 1];
    if (ours?.language !== 'ts' || ours.file !== kazoo.file) throw new Error(`${placeOf(kazoo)} has no pair`);
    return [{ kazoo, ours }];
  });
}

/** Throws if ours is longer, either as a whole or without the lines that import and connect. */
export function compareLength({ kazoo, ours }: Pair): void {
  const [theirLines, ourLines] = [linesOf(kazoo.code, '#'), linesOf(ours.code, '//')];
  const theirCore = theirLines.filter((line) => !KAZOO_PREPARES.test(line));
  const ourCore = ourLines.filter((line) => !OURS_PREPARES.test(line));
  if (ourLines.length > theirLines.length || ourCore.length > theirCore.length) {
    const lengths = `${ourLines.length} lines (${ourCore.length} but for the preparation)`;
    throw new Error(
      `${placeOf(ours)} is longer than kazoo's: ${lengths}, not ${theirLines.length} (${theirCore.length})`,
    );
  }
}

/** The outputs of kazoo's examples; none where kazoo is not installed. */
export async function runKazooExamples(pairs: readonly Pair[]): Promise<Outputs> {
  const { kazooPython } = await findPeers();
  if (kazooPython === null) return new Map();
  return new Map(
    await Promise.all(pairs.map(async ({ kazoo }) => [kazoo, await runKazoo(kazooPython, kazoo)] as const)),
  );
}

/** Throws if ours printed something else than kazoo's, provided that kazoo's was run. */
export function compareOutput({ kazoo, ours }: Pair, outputs: Outputs, kazooOutputs: Outputs): void {
  const own = outputs.get(ours) ?? '';
  const theirs = kazooOutputs.get(kazoo);
  if (theirs === undefined || withoutSpace(own) === withoutSpace(theirs)) return;
  throw new Error(`${placeOf(ours)} prints ${JSON.stringify(own)}, and kazoo's ${JSON.stringify(theirs)}`);
}

async function runKazoo(python: string, { code }: Block): Promise<string> {
  const server = await startDocumentedServer();
  try {
    const rewritten = code.replaceAll(DOCUMENTED_SERVER, server.connectString);
    return (await run(python, ['-c', rewritten], { timeout: 20_000 })).stdout;
  } finally {
    await server.close();
  }
}

function linesOf(code: string, comment: string): string[] {
  const lines = code.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith(comment));
}

/** Python and Node separate the items of a list differently. */
const withoutSpace = (text: string): string => text.replace(/\s/g, '');
