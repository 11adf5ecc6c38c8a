/** A duration of the specs, stretched by the environment variable SPEC_TIME_FACTOR for slow machines. */
export function scaled(ms: number): number {
  return ms * timeFactor(process.env.SPEC_TIME_FACTOR);
}

function timeFactor(text: string | undefined): number {
  if (text === undefined || text === '') return 1;
  const factor = Number(text);
  if (!Number.isFinite(factor) || factor <= 0) {
    throw new Error(`SPEC_TIME_FACTOR must be a number above 0, not ${JSON.stringify(text)}`);
  }
  return factor;
}
