/** Resolves when the system has taken it, or nobody takes it any more: so whoever prints goes at the reader's pace. */
export function print(text: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

/** One line of JSON. */
export function printJson(value: object): Promise<void> {
  return print(`${JSON.stringify(value)}\n`);
}
