import { type ChangeFilter, compileFilters } from '../../../recipes/changes/index.js';
import type { WireFilter } from '../../../recipes/events/index.js';
import { InvalidArgumentError } from '../../core/errors.js';
import { parseZxid } from '../../core/parse-zxid.js';
import { invalidSecret, validateBoolean, validateOptions } from '../../core/validation.js';
import { GATEWAY } from './limits.js';
import type { ReaderRequest } from './reader.js';

/** A valid request of a client. */
export interface ClientRequest extends ReaderRequest {
  /** The patterns of all filters; `null` stands for everything. */
  readonly paths: readonly (string | null)[];
  /** How long a poll may wait, in ms; `undefined` when it does not say it. */
  readonly wait: number | undefined;
}

/** A valid message of a socket. */
export interface ClientMessage extends ClientRequest {
  readonly id: number;
  readonly authorization: string | undefined;
}

const KEYS = ['filters', 'since', 'seen', 'cursor', 'root', 'list', 'wait'];

/** @throws `InvalidArgumentError` unless the text is a message of a socket. */
export function parseMessage(text: string, maxFilters: number): ClientMessage {
  const value = parseObject('the message', text, ['op', 'id', 'authorization', ...KEYS]);
  const { op, id, authorization, ...request } = value;
  if (op !== 'subscribe') throw invalidSecret('op', op, '"subscribe"');
  if (!Number.isSafeInteger(id)) throw invalidSecret('id', id, 'a whole number');
  if (authorization !== undefined && !isHeaderValue(authorization)) {
    throw invalidSecret('authorization', authorization, 'the value of a header');
  }
  return { ...toRequest(request, maxFilters), id: id as number, authorization: authorization as string | undefined };
}

/** @throws `InvalidArgumentError` unless the text is the body of a poll. */
export function parseBody(text: string, maxFilters: number): ClientRequest {
  return toRequest(parseObject('the body', text, KEYS), maxFilters);
}

/**
 * Reads the query of a poll: `path`, `type`, `ephemeral`, `sequential` and `after` make one filter.
 *
 * @throws `InvalidArgumentError` unless it is one.
 */
export function parseQuery(query: URLSearchParams, maxFilters: number): ClientRequest {
  const known = ['path', 'type', 'ephemeral', 'sequential', 'after', 'since', 'seen', 'cursor', 'root', 'list', 'wait'];
  validateOptions('the query', Object.fromEntries(query), known);
  const one = (name: string): string | undefined => query.get(name) ?? undefined;
  const flag = (name: string): unknown => ({ true: true, false: false })[query.get(name) ?? ''] ?? one(name);
  const many = (name: string): string[] | undefined => (query.has(name) ? query.getAll(name) : undefined);
  const filter = withoutUndefined({
    path: many('path'),
    type: many('type'),
    ephemeral: flag('ephemeral'),
    sequential: one('sequential'),
    after: one('after'),
  });
  const [since, seen, cursor, root] = [one('since'), one('seen'), one('cursor'), one('root')];
  const list = flag('list');
  const wait = query.has('wait') ? Number(query.get('wait')) : undefined;
  return toRequest(withoutUndefined({ filters: [filter], since, seen, cursor, root, list, wait }), maxFilters);
}

function parseObject(name: string, text: string, keys: readonly string[]): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`${name} must be JSON, but is not`);
  }
  if (value === null) throw invalidSecret(name, value, 'an object');
  validateOptions(name, value, keys);
  return value as Record<string, unknown>;
}

function toRequest(request: Record<string, unknown>, maxFilters: number): ClientRequest {
  const { filters = null, cursor, root, list, wait } = request;
  if (cursor !== undefined && typeof cursor !== 'string') throw invalidSecret('cursor', cursor, 'a string');
  if (root !== undefined && typeof root !== 'string') throw invalidSecret('root', root, 'a string');
  validateBoolean('list', list);
  if (wait !== undefined && !(typeof wait === 'number' && wait >= 0)) {
    throw invalidSecret('wait', wait, 'a number of milliseconds');
  }
  const all = toFilters(filters, maxFilters);
  return {
    filters: compileFilters('filters', all),
    paths: all === null ? [null] : all.flatMap(pathsOf),
    since: toZxid('since', request.since),
    seen: toZxid('seen', request.seen),
    cursor,
    root,
    isListing: list === true,
    wait: wait as number | undefined,
  };
}

function toFilters(filters: unknown, maxFilters: number): ChangeFilter[] | null {
  if (filters === null) return null;
  if (!Array.isArray(filters)) throw invalidSecret('filters', filters, 'an array, or null');
  if (filters.length > maxFilters) throw tooMany(maxFilters);
  const all = filters.map((filter: unknown, index) => toFilter(`filters[${index}]`, filter));
  const paths = all.flatMap(pathsOf);
  if (paths.length > maxFilters) throw tooMany(maxFilters);
  for (const path of paths) {
    if (typeof path !== 'string' || path.length <= GATEWAY.longestPattern) continue;
    throw new InvalidArgumentError(`a pattern of paths must have at most ${GATEWAY.longestPattern} characters`);
  }
  return all;
}

function toFilter(name: string, filter: unknown): ChangeFilter {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter))
    throw invalidSecret(name, filter, 'an object');
  const { after, ...others } = filter as WireFilter;
  if (after === undefined) return others;
  return { ...others, after: toZxid(`${name}.after`, after) as bigint };
}

function tooMany(maxFilters: number): InvalidArgumentError {
  return new InvalidArgumentError(`there must be at most ${maxFilters} filters with as many paths in all`);
}

function pathsOf({ path }: ChangeFilter): (string | null)[] {
  if (path === undefined) return [null];
  return Array.isArray(path) ? path : [path as string];
}

function toZxid(name: string, value: unknown): bigint | undefined {
  if (value === undefined) return undefined;
  const zxid = parseZxid(value);
  if (zxid === undefined) throw invalidSecret(name, value, 'a zxid as a decimal string');
  return zxid;
}

function isHeaderValue(value: unknown): boolean {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);
}

function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}
