import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { reasonOf } from '../../../lib/core/reason.js';
import { pollSource } from '../source-poller.js';
import type { Poller, PollerOptions } from '../types.js';
import { FileSource } from './file-source.js';

const SCHEME = /^file:/i;

/**
 * Makes the poller of a directory.
 *
 * @param url or a path
 * @throws {@link InvalidArgumentError} unless it is one.
 */
export async function makeFilePoller(url: string, options: PollerOptions): Promise<Poller> {
  return pollSource(new FileSource(toPath(url), options), options);
}

function toPath(text: string): string {
  if (text.includes('\0')) throw invalidUrl('it has a null character in it');
  if (!SCHEME.test(text)) return resolve(text);
  if (!/^file:\//i.test(text)) throw invalidUrl('it is not absolute');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw invalidUrl('it is malformed');
  if (url.search !== '' || url.hash !== '') throw invalidUrl('it has a "?" or "#", which are written %3F and %23');
  try {
    return resolve(fileURLToPath(url));
  } catch (error) {
    throw invalidUrl(reasonOf(error));
  }
}

function invalidUrl(reason: string): InvalidArgumentError {
  return new InvalidArgumentError(`url is no URL of a directory, as ${reason}: expected file:///path, or a path`);
}
