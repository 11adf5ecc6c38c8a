/** Invalid retry policies, each with the excerpt that its error message shows. */
export function badPolicies(): [unknown, string][] {
  return [
    [null, 'null'],
    [3, 'a number'],
    [{ maxAttempts: 0 }, '0'],
    [{ maxAttempts: 1.5 }, '1.5'],
    [{ maxAttempts: '3' }, 'a string of length 1'],
    [{ minDelay: -1 }, '-1'],
    [{ maxDelay: NaN }, 'NaN'],
    [{ maxDelay: Infinity }, 'Infinity'],
    [{ factor: 0.5 }, '0.5'],
    [{ factor: Infinity }, 'Infinity'],
    [{ factor: '2' }, 'a string of length 1'],
    [{ attempts: 3 }, '"attempts"'],
  ];
}
