/** The data that a write is given on the command line; `-` reads it from stdin, byte by byte as it comes. */
export async function toData(argument: string): Promise<Buffer> {
  if (argument !== '-') return Buffer.from(argument);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
