import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** `export { A, type B as C } from './file.js'`, and the same with `import`: its names and its file. */
const NAMED = /(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']+)\.js';\n?/g;
/** Whatever else refers to a file. */
const OTHER = /(?:from|import\()\s*'(\.[^']+)\.js'/g;

type Names = ReadonlySet<string> | 'all';

interface Item {
  readonly text: string;
  /** Its name in the other file. */
  readonly there: string;
  /** Its name in this one. */
  readonly here: string;
}

/** The declarations that users can reach. Of the index of a family it keeps the lines that others need. */
export class Declarations {
  readonly #root: string;
  readonly #entries: ReadonlySet<string>;
  readonly #texts = new Map<string, string>();
  readonly #wanted = new Map<string, Set<string>>();

  /**
   * @param root folder of all declarations
   * @param entries without their extension, below the root
   */
  constructor(root: string, entries: readonly string[]) {
    this.#root = root;
    this.#entries = new Set(entries.map((entry) => join(root, `${entry}.d.ts`)));
  }

  /** Copies them into a folder. */
  async copyTo(target: string): Promise<void> {
    for (const entry of this.#entries) await this.#need(entry, 'all');
    for (const [file, text] of this.#texts) {
      const copy = join(target, relative(this.#root, file));
      await mkdir(dirname(copy), { recursive: true });
      const wanted = this.#wanted.get(file);
      if (wanted) await writeFile(copy, withOnly(text, wanted));
      else await copyFile(file, copy);
    }
  }

  async #need(file: string, names: Names): Promise<void> {
    const isNew = !this.#texts.has(file);
    const text = this.#texts.get(file) ?? (await readFile(file, 'utf8'));
    this.#texts.set(file, text);
    const isIndex = !this.#entries.has(file) && text.replace(NAMED, '').trim() === '';
    if (isIndex) return this.#needOfIndex(file, text, names);
    if (!isNew) return;
    for (const [, list = '', path = ''] of text.matchAll(NAMED)) {
      await this.#need(fileOf(file, path), new Set(itemsOf(list).map(({ there }) => there)));
    }
    for (const [, path = ''] of text.replace(NAMED, '').matchAll(OTHER)) await this.#need(fileOf(file, path), 'all');
  }

  async #needOfIndex(file: string, text: string, names: Names): Promise<void> {
    const wanted = this.#wanted.get(file) ?? new Set();
    this.#wanted.set(file, wanted);
    for (const [, list = '', path = ''] of text.matchAll(NAMED)) {
      const fresh = itemsOf(list).filter(({ here }) => !wanted.has(here) && (names === 'all' || names.has(here)));
      for (const { here } of fresh) wanted.add(here);
      if (fresh.length > 0) await this.#need(fileOf(file, path), new Set(fresh.map(({ there }) => there)));
    }
  }
}

const fileOf = (from: string, path: string): string => join(dirname(from), `${path}.d.ts`);

function itemsOf(list: string): Item[] {
  const texts = list.split(',').map((text) => text.trim());
  return texts
    .filter((text) => text !== '')
    .map((text) => {
      const [there = '', here = there] = text.replace(/^type /, '').split(' as ');
      return { text, there, here };
    });
}

/** An index without the names that nobody wants. */
function withOnly(text: string, wanted: ReadonlySet<string>): string {
  return text.replace(NAMED, (line: string, list: string) => {
    const kept = itemsOf(list).filter(({ here }) => wanted.has(here));
    return kept.length === 0 ? '' : line.replace(/\{[^}]*\}/, `{ ${kept.map((item) => item.text).join(', ')} }`);
  });
}
