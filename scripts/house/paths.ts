import type { ImportGraph } from './imports.js';

export function importedFiles(graph: ImportGraph, file: string): string[] {
  return (graph.get(file) ?? []).filter(({ to }) => graph.has(to)).map(({ to }) => to);
}

type Test = (file: string) => boolean;

/** The shortest chain of imports from one of the files to a target, through files that `mayPass` accepts. */
export function findPath(
  graph: ImportGraph,
  starts: readonly string[],
  isTarget: Test,
  mayPass: Test = () => true,
): readonly string[] | undefined {
  const importers = new Map<string, string | null>(starts.map((file) => [file, null]));
  // The loop also visits the entries that it adds, in order, which makes the search breadth-first.
  for (const file of importers.keys()) {
    for (const to of importedFiles(graph, file)) {
      if (isTarget(to)) return [...chainTo(importers, file), to];
      if (!importers.has(to) && mayPass(to)) importers.set(to, file);
    }
  }
  return undefined;
}

function chainTo(importers: ReadonlyMap<string, string | null>, end: string): string[] {
  const importer = importers.get(end) ?? null;
  return importer === null ? [end] : [...chainTo(importers, importer), end];
}
