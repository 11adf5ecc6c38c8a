/** Returns the rejection of an operation; throws when it resolves. */
export async function rejectionOf(operation: Promise<unknown>): Promise<unknown> {
  return operation.then(
    (value) => {
      throw new Error(`it resolved with ${String(value)}`);
    },
    (error: unknown) => error,
  );
}
