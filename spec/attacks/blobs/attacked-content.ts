import type { BlobFile, BlobInfo } from '../../../recipes/blobs/index.js';

/** The blobs of an attack: one is a prefix of another. */
export const IDS = ['one', 'one/two', 'three'] as const;
/** Small sizes: a content is inline, or has up to some ten chunks. */
export const SIZES = { chunkSize: 1_000, inlineLimit: 500 } as const;

/** The writes of puts and deletions, in the order in which they are made. */
const STEPS = [
  ...(['marker', 'generation', 'first chunk', 'later chunk', 'commit', 'deletion', 'receipt'] as const),
  ...(['retired chunk', 'retired generation'] as const),
];

/** A write of a put or a deletion. */
export type Step = (typeof STEPS)[number];

/** A moment in which a writer ends: before a write is sent, while it is on its way, or when it was answered. */
export interface WriterEnd {
  readonly step: Step;
  readonly moment: 'before' | 'sent' | 'answered';
}

/** All of them. */
export const ENDS: readonly WriterEnd[] = STEPS.flatMap((step) =>
  (['before', 'sent', 'answered'] as const).map((moment) => ({ step, moment })),
);

/** A content that says by itself whether it is whole: a name, then letters that depend on it. */
export function contentOf(writer: string, count: number): string {
  const name = `${writer} ${count}`;
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % 100_003;
  const filler = String.fromCharCode(97 + (sum % 26)).repeat(sum % 9_000);
  return `${name}\n${filler}`;
}

/** The flaw of a content that was read; `null` when it is whole. */
function flawOf(text: string): string | null {
  const [name = ''] = text.split('\n', 1);
  const [writer = '', count = ''] = name.split(' ');
  return text === contentOf(writer, Number(count)) ? null : `${text.length} characters that nobody wrote, of ${name}`;
}

/** The generations that a reader, or a watch, has seen of a blob: it never goes back. */
export class Seen {
  readonly flaws: string[] = [];
  reads = 0;
  #position = 0n;
  #etag = '';
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** The blob was there. */
  async saw(file: BlobFile): Promise<void> {
    const info = file.info as BlobInfo;
    if (info.position < this.#position) this.flaws.push(`${this.#name} went back to ${info.etag}`);
    if (info.position === this.#position && info.etag !== this.#etag) this.flaws.push(`${this.#name}: two of one zxid`);
    [this.#position, this.#etag] = [info.position, info.etag];
    const text = await file.readText().catch((error: { code?: string }) => {
      if (error.code !== 'BLOB_SUPERSEDED') this.flaws.push(`${this.#name}: ${error}`);
    });
    if (text === undefined) return;
    this.reads += 1;
    const flaw = flawOf(text);
    if (flaw) this.flaws.push(`${this.#name}: ${flaw}`);
  }

  get etag(): string {
    return this.#etag;
  }
}
