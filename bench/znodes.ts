import { createRecord, pathAndVersionRecord, setDataRecord } from '../lib/protocol/messages.js';
import { frameOf, PipelinedClient } from '../testing/pipelined-client.js';

const WINDOW = 500;
const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** A change: the index of the znode and the number that becomes its data. */
export type Change = readonly [node: number, sequence: number];

/** The watched znodes, and the writers that change them. The data of each is a number that only grows. */
export class Znodes {
  readonly #port: number;
  readonly #parents = new Map<number, Promise<Parent>>();
  #created = 0;
  #sequence = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** The paths of that many znodes, created where they are missing. */
  async paths(count: number): Promise<string[]> {
    const paths = Array.from({ length: count }, (_, index) => pathOf(index));
    const missing = paths.slice(this.#created);
    if (missing.length > 0) {
      using writer = await this.writer();
      await runPipelined(writer, missing.map(creation));
      this.#created = count;
    }
    return paths;
  }

  /** A znode with that many children. */
  parent(children: number): Promise<Parent> {
    const parent = this.#parents.get(children) ?? this.#createParent(children);
    this.#parents.set(children, parent);
    return parent;
  }

  async #createParent(count: number): Promise<Parent> {
    const path = `/bench-parent-of-${count}`;
    const children = Array.from({ length: count }, (_, index) => `child-${String(index).padStart(6, '0')}`);
    using writer = await this.writer();
    await runPipelined(writer, [path, ...children.map((child) => `${path}/${child}`)].map(creation));
    return { path, children };
  }

  /** A number greater than all earlier ones. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** A writer for a short time: it sends no pings. */
  writer(): Promise<PipelinedClient> {
    return PipelinedClient.connect(this.#port);
  }
}

/** A znode and the names of its children. */
export interface Parent {
  readonly path: string;
  readonly children: readonly string[];
}

/** The frames of the changes. */
export function changeFrames(changes: readonly Change[]): Buffer[] {
  return changes.map(([node, sequence]) => changeTo(pathOf(node), String(sequence)));
}

/** The frame that gives a znode data. */
export function changeTo(path: string, data: string): Buffer {
  return frameOf('setData', setDataRecord, { path, data: Buffer.from(data), version: -1 });
}

/** The frame that creates a znode. */
export const creation = (path: string): Buffer => creationWith(path, '0');

/** The frame that creates a znode with data. */
export function creationWith(path: string, data: string): Buffer {
  return frameOf('create', createRecord, { path, data: Buffer.from(data), acl, flags: 0 });
}

/** The frame that deletes a znode. */
export function deletion(path: string): Buffer {
  return frameOf('delete', pathAndVersionRecord, { path, version: -1 });
}

/** Sends the frames, with up to {@link WINDOW} of them unanswered. */
export async function runPipelined(writer: PipelinedClient, frames: readonly Buffer[]): Promise<void> {
  await writer.run(frames, WINDOW);
}

function pathOf(index: number): string {
  return `/bench-${String(index).padStart(6, '0')}`;
}
