import { type BlobFile, BlobValue } from '../../../recipes/blobs/index.js';
import { JSON_OPTION } from '../arguments.js';
import { toJsonData } from '../json.js';
import { print, printJson } from '../output.js';
import { checkPositionals, parse } from '../parse.js';
import { Progress } from '../progress.js';
import { toText } from '../to-text.js';
import { notFound, toJsonBlob } from './blob-info.js';
import { STORE_OPTIONS, toBlobId, withStore } from './store-options.js';

export const OPTIONS = {
  ...STORE_OPTIONS,
  output: { type: 'string', short: 'o' },
  ...JSON_OPTION,
} as const;

/** Prints the content of a blob, or writes it to a file. */
export async function get(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['id']);
  const id = toBlobId(positionals[0]);
  const output = values.output === undefined ? undefined : toText('output', values.output);
  return withStore(values, async (store, signal) => {
    const file = await store.get(id);
    if (!file?.info) throw notFound(id);
    if (output !== undefined) await save(file, output, signal);
    else if (!values.json) await printContent(file, signal);
    if (!values.json) return;
    const data = output === undefined && toJsonData(await file.read());
    await printJson({ ...toJsonBlob(file.info), ...data });
  });
}

async function save(file: BlobFile, output: string, signal: AbortSignal): Promise<void> {
  const size = file.info?.size ?? null;
  const progress = new Progress();
  progress.begin(size);
  const source = { size: async () => size, open: async () => progress.count(file.open(), signal) };
  await new BlobValue(source).save(output).finally(() => progress.end());
}

async function printContent(file: BlobFile, signal: AbortSignal): Promise<void> {
  const progress = new Progress();
  // On a terminal, it would be in the middle of the content.
  if (!process.stdout.isTTY) progress.begin(file.info?.size ?? null);
  try {
    for await (const piece of file.open()) {
      if (signal.aborted) return;
      progress.add(piece.byteLength);
      if (!(await print(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)))) return;
    }
  } finally {
    progress.end();
  }
}
