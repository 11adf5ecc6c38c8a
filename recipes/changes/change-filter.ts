import { InvalidArgumentError } from '../../lib/core/errors.js';
import { flawOf } from '../../lib/core/paths.js';
import {
  invalid,
  invalidSecret,
  invalidWord,
  quote,
  validateBoolean,
  validateOptions,
} from '../../lib/core/validation.js';
import { Change } from './change.js';
import { PathPattern } from './path-pattern.js';
import type { ChangeFilter, ChangeType, TreeChange } from './types.js';

const TYPES: readonly ChangeType[] = ['created', 'modified', 'deleted'];
const KEYS = ['path', 'type', 'ephemeral', 'sequential', 'after'] as const satisfies (keyof ChangeFilter)[];

/** The digits that a server appends. A counter that has overflowed is negative. */
const SEQUENCE = /^-?\d{10}$/;

type Condition = (change: TreeChange) => boolean;

/** A valid filter. It does not change with the object that it was made of. */
export class CompiledFilter {
  /** Equal for filters that select the same changes, as far as their properties show it. */
  readonly key: string;
  readonly #conditions: readonly Condition[];

  /** @throws {@link InvalidArgumentError} unless the value is a filter. */
  constructor(name: string, filter: unknown) {
    if (filter === undefined || filter === null) throw invalidSecret(name, filter, 'an object');
    validateOptions(name, filter, KEYS);
    const { path, type, ephemeral, sequential, after } = filter as ChangeFilter;
    const [paths, types] = [listOf(path), listOf(type)];
    for (const each of paths ?? []) validatePattern(`${name}.path`, each);
    for (const each of types ?? []) if (!TYPES.includes(each)) throw invalidWord(`${name}.type`, each, TYPES);
    validateBoolean(`${name}.ephemeral`, ephemeral);
    validatePrefix(`${name}.sequential`, sequential);
    if (after !== undefined && typeof after !== 'bigint') throw invalid(`${name}.after`, after, 'a bigint');
    this.key = JSON.stringify([paths?.sort(), types?.sort(), ephemeral, sequential, after?.toString()]);
    this.#conditions = [
      ...(types ? [({ type: each }: TreeChange) => types.includes(each)] : []),
      ...(ephemeral === undefined ? [] : [(change: TreeChange) => Change.isEphemeral(change) === ephemeral]),
      ...(after === undefined ? [] : [(change: TreeChange) => newestZxidOf(change) > after]),
      ...(sequential === undefined ? [] : [({ path: each }: TreeChange) => isSequential(each, sequential)]),
      ...(paths ? [anyPattern(paths)] : []),
    ];
  }

  matches(change: TreeChange): boolean {
    return this.#conditions.every((holds) => holds(change));
  }
}

/** Compiles the filters of a subscription; `null` selects everything. */
export function compileFilters(name: string, filters: unknown): CompiledFilter[] {
  if (filters === null) return [new CompiledFilter(name, {})];
  if (!Array.isArray(filters)) return [new CompiledFilter(name, filters)];
  return filters.map((filter, index) => new CompiledFilter(`${name}[${index}]`, filter));
}

/** The zxid of the newest change that a change stands for: a created znode may have been modified since. */
export function newestZxidOf({ zxid, node }: TreeChange): bigint {
  return node !== null && node.stat.mzxid > zxid ? node.stat.mzxid : zxid;
}

/** A copy. */
function listOf<T>(value: T | readonly T[] | undefined): T[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? [...value] : [value as T];
}

function validatePattern(name: string, pattern: unknown): void {
  const flaw = flawOf(pattern);
  if (flaw === null) return;
  if (typeof pattern !== 'string') throw invalidSecret(name, pattern, 'a pattern of paths');
  throw new InvalidArgumentError(`${name} must be a pattern of paths, but ${quote(pattern)} ${flaw}`);
}

function validatePrefix(name: string, prefix: unknown): void {
  if (prefix === undefined) return;
  if (typeof prefix !== 'string') throw invalidSecret(name, prefix, 'the prefix of a name');
  if (prefix.includes('/')) throw new InvalidArgumentError(`${name} must be the prefix of a name, but has a "/"`);
}

function anyPattern(paths: readonly string[]): Condition {
  const patterns = paths.map((path) => new PathPattern(path));
  return ({ path }) => patterns.some((pattern) => pattern.matches(path));
}

function isSequential(path: string, prefix: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.startsWith(prefix) && SEQUENCE.test(name.slice(prefix.length));
}
