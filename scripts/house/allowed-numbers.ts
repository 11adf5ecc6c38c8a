/** A number of a document that is none of the library's limits. Every one that it names must be there. */
export interface AllowedNumber {
  readonly document: string;
  /** A heading, for all that is below it. */
  readonly section?: string;
  /** The number and its unit, in lower case; without it, all numbers of the document or the section. */
  readonly phrase?: string;
  readonly reason: string;
}

export const ALLOWED_NUMBERS: readonly AllowedNumber[] = [
  { document: 'docs/performance.md', reason: 'results of the bench, each beside the run that gave it' },
];
