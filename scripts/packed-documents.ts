/**
 * Gives the documents of the package absolute links while npm packs them, and their own afterwards: the package has no
 * other documents. `prepack` and `postpack` call it.
 */
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../lib/core/errors.js';
import { type Manifest, withAbsoluteLinks } from './package/absolute-links.js';

const root = join(import.meta.dirname, '..');
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'SECURITY.md'].map((name) => join(root, name));
/** A document as it is in the repository, while the other one is in its place. */
const savedAs = (document: string): string => `${document}.saved`;

/** Puts the saved document back, if there is one: also after a packing that was interrupted. */
async function restore(document: string): Promise<void> {
  await rename(savedAs(document), document).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function replace(document: string, manifest: Manifest): Promise<void> {
  await copyFile(document, savedAs(document));
  await writeFile(document, withAbsoluteLinks(await readFile(savedAs(document), 'utf8'), manifest));
}

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
for (const document of DOCUMENTS) {
  await restore(document);
  if (process.argv[2] !== 'restore') await replace(document, manifest);
}
