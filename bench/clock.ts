/** The machine's monotonic clock, which all processes share, in ms. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;
