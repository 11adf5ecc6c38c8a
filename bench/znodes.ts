import { createRequest, setDataRequest } from '../lib/protocol/messages.js';
import { frameOf, PipelinedClient } from '../spec/support/pipelined-client.js';

const WINDOW = 500;
const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** A change: the znode's index, and the number that becomes its data. */
export type Change = readonly [node: number, sequence: number];

/** The znodes that are watched, and who changes them. The data of each is a number that only ever grows. */
export class Znodes {
  readonly #port: number;
  #created = 0;
  #sequence = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** The paths of the first so many, which are there then. */
  async paths(count: number): Promise<string[]> {
    const paths = Array.from({ length: count }, (_, index) => pathOf(index));
    const data = Buffer.from('0');
    const missing = paths.slice(this.#created);
    if (missing.length > 0) {
      using writer = await this.writer();
      const frames = missing.map((path) => frameOf('create', createRequest, { path, data, acl, flags: 0 }));
      await writer.run(frames, WINDOW);
      this.#created = count;
    }
    return paths;
  }

  /** A number above all before. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** For a short time: it sends no pings. */
  writer(): Promise<PipelinedClient> {
    return PipelinedClient.connect(this.#port);
  }
}

/** The changes as they go on the wire. */
export function changeFrames(changes: readonly Change[]): Buffer[] {
  return changes.map(([node, sequence]) =>
    frameOf('setData', setDataRequest, { path: pathOf(node), data: Buffer.from(String(sequence)), version: -1 }),
  );
}

/** Makes the changes, many of them under way at a time. */
export async function change(writer: PipelinedClient, changes: readonly Change[]): Promise<void> {
  await writer.run(changeFrames(changes), WINDOW);
}

function pathOf(index: number): string {
  return `/bench-${String(index).padStart(6, '0')}`;
}
