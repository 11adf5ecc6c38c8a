/** The data of a write from the command line; `-` reads all bytes of stdin. */
export async function toData(argument: string): Promise<Buffer> {
  if (argument !== '-') return Buffer.from(argument);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
