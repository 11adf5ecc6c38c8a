/** Invalid retry policies, each with the excerpt that its error message shows. */
export function badPolicies(): [unknown, string][] {
  return [
    [null, 'null'],
    [3, '3'],
    [{ maxAttempts: 0 }, '0'],
    [{ maxAttempts: 1.5 }, '1.5'],
    [{ maxAttempts: '3' }, '"3"'],
    [{ minDelay: -1 }, '-1'],
    [{ maxDelay: NaN }, 'NaN'],
    [{ maxDelay: Infinity }, 'Infinity'],
    [{ factor: 0.5 }, '0.5'],
    [{ factor: Infinity }, 'Infinity'],
    [{ attempts: 3 }, '"attempts"'],
  ];
}
