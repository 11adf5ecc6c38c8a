/** The zxid of a decimal string; `undefined` for anything else. */
export function parseZxid(text: unknown): bigint | undefined {
  return typeof text === 'string' && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
