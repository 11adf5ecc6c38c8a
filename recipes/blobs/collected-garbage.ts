/** The result of a collection of garbage: all that it has removed. */
export interface CollectedGarbage {
  /** Generations that no blob has. */
  readonly generations: number;
  /** Their chunks. */
  readonly chunks: number;
  /** The bytes of these chunks. */
  readonly bytes: number;
}
