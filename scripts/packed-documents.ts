/**
 * Gives the documents of the package absolute links while npm packs them, and their own afterwards: the package has no
 * other documents. `prepack` and `postpack` call it.
 */
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../lib/core/errors.js';
import { type Manifest, withAbsoluteLinks } from './package/absolute-links.js';

const root = join(import.meta.dirname, '..');
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'SECURITY.md'];
/** The documents as in the repository, while others are in their places. npm would pack a README of any ending. */
const SAVED = join(root, '.saved-documents');

/** Puts a saved document back, if there is one: also after a packing that was interrupted. */
async function restore(name: string): Promise<void> {
  await rename(join(SAVED, name), join(root, name)).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function replace(name: string, manifest: Manifest): Promise<void> {
  await mkdir(SAVED, { recursive: true });
  await copyFile(join(root, name), join(SAVED, name));
  await writeFile(join(root, name), withAbsoluteLinks(await readFile(join(SAVED, name), 'utf8'), manifest));
}

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
for (const name of DOCUMENTS) await restore(name);
if (process.argv[2] === 'restore') await rm(SAVED, { recursive: true, force: true });
else for (const name of DOCUMENTS) await replace(name, manifest);
