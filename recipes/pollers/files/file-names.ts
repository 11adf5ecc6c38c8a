/**
 * Names of files are bytes. They are kept as texts with a character for each byte, so that no two
 * names are equal, also those that are no UTF-8.
 */
export type ByteText = string;

const NOT_ASCII = /[\x80-\xff]/;
const PLAIN = /[^A-Za-z0-9\-_.!~*'()/]/g;

export function toByteText(text: string): ByteText {
  return Buffer.from(text).toString('latin1');
}

function toPathBytes(text: ByteText): Buffer {
  return Buffer.from(text, 'latin1');
}

/** As the file system takes it. ASCII, as most paths are, needs no copy. */
export function toPath(text: ByteText): string | Buffer {
  return NOT_ASCII.test(text) ? toPathBytes(text) : text;
}

/** The path below a directory. */
export function below(directory: ByteText, key: ByteText): ByteText {
  if (key === '') return directory;
  return directory.endsWith('/') ? `${directory}${key}` : `${directory}/${key}`;
}

/** As in a URL: `decodeURIComponent` gives each name back, where it is UTF-8. */
export function toUrlPath(text: ByteText): string {
  return text.replace(PLAIN, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The name of the last part of a path. */
export function nameOf(path: ByteText): ByteText {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The key of the directory in which an entry is; `''` for the root. `undefined` for the root itself. */
export function parentOf(key: ByteText): ByteText | undefined {
  return key === '' ? undefined : key.slice(0, Math.max(0, key.lastIndexOf('/')));
}

/** For messages. */
export function toShownPath(text: ByteText): string {
  return toPathBytes(text).toString();
}
