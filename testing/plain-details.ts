/**
 * Fails the run when a JSON logger would not survive the details of a line. A logger must not throw into the library,
 * which would hide the failure.
 */
export function checkPlain(details: object, message: string): void {
  try {
    JSON.stringify(details);
  } catch (cause) {
    queueMicrotask(() => {
      throw new Error(`the details of the line "${message}" are not plain`, { cause });
    });
  }
}
