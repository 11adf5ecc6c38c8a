/** The machine's monotonic clock in ms, the same in all processes. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;
