import { isSliceOver, nextSlice } from '../../../lib/core/slices.js';
import { SWIFT } from './limits.js';
import type { SwiftCall } from './swift-session.js';
import { encode } from './swift-url.js';

/** An object as a container lists it. */
export interface ListedObject {
  readonly name: string;
  readonly size: number;
  readonly etag: string;
  /** With all its digits, in UTC and without a zone: those of one server sort as the times do. */
  readonly modified: string;
  readonly isDirectory: boolean;
}

/** The part of a container that is listed. */
export interface Selection {
  readonly container: string;
  readonly prefix: string;
  /** Whether names with a slash after the prefix are listed. */
  readonly recurse: boolean;
}

/** Lists the objects of a container, a page after the other. */
export async function* listObjects(call: SwiftCall, selection: Selection): AsyncGenerator<ListedObject[], void> {
  const { container, prefix, recurse } = selection;
  let marker = '';
  let count = 0;
  for (let page = 1; ; page += 1) {
    const about = `page ${page} of the listing of ${JSON.stringify(container)}`;
    const query = { format: 'json', prefix, delimiter: recurse ? '' : '/', marker };
    const parameters = Object.entries(query).filter(([, value]) => value !== '');
    const { status, text } = await call.send({
      method: 'GET',
      path: `/${encode(container)}?${parameters.map(([name, value]) => `${name}=${encode(value)}`).join('&')}`,
      headers: { accept: 'application/json' },
      about,
      longest: SWIFT.longestPage,
    });
    if (status === 404) throw call.failed(about, 'was answered with 404: there is no such container', status);
    // The last page is an empty one: a server may have any limit.
    const items = status === 204 ? [] : parsePage(text);
    const last = items?.at(-1);
    if (!items) throw call.failed(about, 'is no list of objects', status);
    if (!last) return;
    count += items.length;
    if (count > SWIFT.mostObjects) throw call.failed(about, `goes beyond ${SWIFT.mostObjects} objects`, status);
    if (compareBytes(last.name, marker) <= 0) throw call.failed(about, 'does not go on from the page before', status);
    marker = last.name;
    yield await toObjects(items, () => call.failed(about, 'has an object without its properties', status));
  }
}

/** An object, or the common beginning of names that are not listed. */
interface Item {
  readonly name: string;
  readonly raw: Record<string, unknown> | null;
}

function parsePage(text: string): Item[] | null {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(page)) return null;
  const items = page.map(toItem);
  return items.includes(null) ? null : (items as Item[]);
}

function toItem(raw: unknown): Item | null {
  const { name, subdir } = (raw ?? {}) as { name?: unknown; subdir?: unknown };
  if (isName(subdir)) return { name: subdir, raw: null };
  return isName(name) ? { name, raw: raw as Record<string, unknown> } : null;
}

/** A half of a surrogate pair has no UTF-8. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/\p{Surrogate}/u.test(value);
}

async function toObjects(items: readonly Item[], failed: () => Error): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  for (const { name, raw } of items) {
    if (isSliceOver()) await nextSlice();
    if (raw) objects.push(toObject(name, raw) ?? raise(failed()));
  }
  return objects;
}

function toObject(name: string, raw: Record<string, unknown>): ListedObject | null {
  const { bytes, hash, last_modified: time, content_type: type } = raw;
  if (!Number.isSafeInteger(bytes) || typeof hash !== 'string' || typeof time !== 'string') return null;
  const modified = time.replace(/(Z|[+-]00:?00)$/, '');
  if (Number.isNaN(Date.parse(`${modified}Z`))) return null;
  return { name, size: bytes as number, etag: hash, modified, isDirectory: type === 'application/directory' };
}

function raise(error: Error): never {
  throw error;
}

/** In the order of a container: that of the bytes in UTF-8, which is that of the code points. */
function compareBytes(one: string, other: string): number {
  const [left, right] = [[...one], [...other]];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
