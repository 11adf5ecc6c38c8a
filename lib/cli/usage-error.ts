/** The arguments of the command are wrong. */
export class UsageError extends Error {
  override name = 'UsageError';
  /** Whether the first line of the command's help says what is missing. */
  readonly needsUsage: boolean;

  constructor(message: string, { needsUsage = false }: { readonly needsUsage?: boolean } = {}) {
    super(message);
    this.needsUsage = needsUsage;
  }
}
