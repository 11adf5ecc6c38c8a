import { type Change, changeTo, creationWith, runPipelined, type Znodes } from './znodes.js';

/** The length of each znode's data, in bytes. */
const DATA_BYTES = 50;

/** A tree of znodes, of which the leaves change. */
export interface ZnodeTree {
  readonly root: string;
  /** The paths of the leaves, each with its index in its name. */
  readonly leaves: readonly string[];
  /** The number of all znodes, with the root. */
  readonly znodes: number;
  /** The length of the data of all znodes. */
  readonly dataBytes: number;
}

/** The number of a tree's parents and leaves. Without parents the leaves are children of the root. */
export interface TreeShape {
  readonly parents: number;
  readonly leaves: number;
}

/** The trees of znodes on a server. */
export class ZnodeTrees {
  readonly #znodes: Znodes;
  readonly #trees = new Map<string, Promise<ZnodeTree>>();

  constructor(znodes: Znodes) {
    this.#znodes = znodes;
  }

  /** The tree of that shape, created where it is missing. */
  of(shape: TreeShape): Promise<ZnodeTree> {
    const root = `/bench-tree-of-${shape.leaves}-below-${shape.parents}`;
    const tree = this.#trees.get(root) ?? this.#create(root, shape);
    this.#trees.set(root, tree);
    return tree;
  }

  async #create(root: string, { parents, leaves }: TreeShape): Promise<ZnodeTree> {
    const parentPaths = Array.from({ length: parents }, (_, index) => `${root}/parent-${index}`);
    const leafPaths = Array.from({ length: leaves }, (_, index) => {
      const parent = parents === 0 ? root : parentPaths[index % parents];
      return `${parent}/leaf-${String(index).padStart(6, '0')}`;
    });
    const paths = [root, ...parentPaths, ...leafPaths];
    using writer = await this.#znodes.writer();
    await runPipelined(
      writer,
      paths.map((path) => creationWith(path, dataOf(0))),
    );
    return { root, leaves: leafPaths, znodes: paths.length, dataBytes: paths.length * DATA_BYTES };
  }
}

/** The frames that change the leaves. */
export function leafFrames({ leaves }: ZnodeTree, changes: readonly Change[]): Buffer[] {
  return changes.map(([leaf, sequence]) => changeTo(leaves[leaf] ?? '', dataOf(sequence)));
}

/** A number with the length of data. */
function dataOf(sequence: number): string {
  return String(sequence).padStart(DATA_BYTES);
}
