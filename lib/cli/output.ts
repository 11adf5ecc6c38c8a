/** Resolves when the system has accepted the text, or stdout is closed, so that a slow reader slows down the caller. */
export function print(text: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

/** Prints one line of JSON. */
export function printJson(value: object): Promise<void> {
  return print(`${JSON.stringify(value)}\n`);
}
