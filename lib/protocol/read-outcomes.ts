import type { DataAndStat, ZnodeRead } from '../core/coordination-client.js';
import type { JuteReader } from './jute.js';
import { OpCode } from './op-code.js';
import { statRecord } from './records.js';
import { CONFIGURATION, childNames, implausible, requireDataLength, stat } from './replies.js';
import { requireUnmoved } from './session-moved.js';

/** The parts of znodes that are read: all of them, or the data and stat, which are all that a leaf has. */
export type ReadParts = 'all' | 'of leaves';

/**
 * The outcome of reading one znode: an error by its number, or `null` when all of its parts have to be read again: it
 * is no leaf, or the results for its data and for its children are of different states. ZooKeeper reads both between
 * two transactions; a server of another make may not.
 */
export type ReadOutcome = ZnodeRead | number | null;

/** The outcomes of reading several znodes. */
export interface ReadOutcomes {
  readonly outcomes: ReadOutcome[];
  /** The size of the reply. */
  readonly bytes: number;
}

/** Reads the reply to a read of the data, and perhaps the children, of each znode, in this order. Fast by hand. */
export function readOutcomesOf(reader: JuteReader, paths: readonly string[], parts: ReadParts): ReadOutcomes {
  const start = reader.offset;
  const outcomes: ReadOutcome[] = [];
  for (const path of paths) {
    const found = dataAndStat(reader, path);
    outcomes.push(parts === 'all' ? toOutcome(found, children(reader)) : toOutcomeOfLeaf(found));
  }
  reader.int();
  if (!reader.boolean()) throw implausible(`more than the results for ${paths.length} znodes`);
  reader.int();
  return { outcomes, bytes: reader.offset - start };
}

function toOutcome(found: DataAndStat | number, names: string[] | number): ReadOutcome {
  if (typeof found === 'number') return found === names ? found : null;
  if (typeof names === 'number' || names.length !== found.stat.numChildren) return null;
  return { data: found.data, stat: found.stat, children: names };
}

function toOutcomeOfLeaf(found: DataAndStat | number): ReadOutcome {
  if (typeof found === 'number') return found;
  return found.stat.numChildren === 0 ? { data: found.data, stat: found.stat, children: [] } : null;
}

function dataAndStat(reader: JuteReader, path: string): DataAndStat | number {
  const error = beginResult(reader, OpCode.getData);
  if (error !== 0) return error;
  const data = reader.buffer() ?? Buffer.alloc(0);
  const read = path === CONFIGURATION ? statRecord.read(reader) : stat(reader);
  requireDataLength(read, data.length);
  return { data, stat: read };
}

function children(reader: JuteReader): string[] | number {
  const error = beginResult(reader, OpCode.getChildren);
  return error === 0 ? childNames(reader) : error;
}

/** Reads the header of a result of this operation, and the error where the result is one. Returns 0 for no error. */
function beginResult(reader: JuteReader, expected: number): number {
  const { view } = reader;
  const at = reader.skip(9);
  const op = view.getInt32(at);
  if (view.getInt8(at + 4) !== 0) throw implausible('too few results');
  if (op === expected) return 0;
  if (op !== OpCode.error) throw implausible(`the result of an operation ${op} for an operation ${expected}`);
  const error = reader.int();
  requireUnmoved(error);
  if (error === 0) throw implausible('an error without a reason');
  return error;
}
