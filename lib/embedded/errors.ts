/** The codes of the errors that only the embedded server throws. */
export const EMBEDDED_CODES = [
  'LISTEN_FAILED',
  'SERVER_CLOSED',
  'DATA_DAMAGED',
  'DATA_LOCKED',
  'DATA_IO_FAILED',
  'JOURNAL_CLOSED',
] as const;

/** A code of {@link EMBEDDED_CODES}. */
export type EmbeddedErrorCode = (typeof EMBEDDED_CODES)[number];

declare module '../core/errors.js' {
  interface ErrorCodes {
    /** The codes of the embedded server. */
    embedded: EmbeddedErrorCode;
  }
}
