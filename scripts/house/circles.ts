import type { ImportGraph } from './imports.js';
import { findPath, importedFiles } from './paths.js';
import type { Violation } from './source-tree.js';

/** Reports each group of files that import each other in a circle, type imports included, with its shortest circle. */
export function checkCircles(graph: ImportGraph): Violation[] {
  return findGroups(graph).map((group) => {
    const circle = shortestCircle(graph, group);
    const more = group.size > circle.length - 1 ? ` (${group.size} files in all)` : '';
    return { rule: 'no circles', place: circle[0] ?? '', message: `${circle.join(' → ')}${more}` };
  });
}

/** The strongly connected components of more than one file, by Tarjan's algorithm, and files that import themselves. */
function findGroups(graph: ImportGraph): Set<string>[] {
  const groups: Set<string>[] = [];
  const stack: string[] = [];
  const visited = new Map<string, { index: number; low: number; isOnStack: boolean }>();

  const visit = (file: string) => {
    const own = { index: visited.size, low: visited.size, isOnStack: true };
    visited.set(file, own);
    stack.push(file);
    for (const to of importedFiles(graph, file)) {
      const other = visited.get(to) ?? visit(to);
      if (other.isOnStack) own.low = Math.min(own.low, other.low);
    }
    if (own.low === own.index) close(file);
    return own;
  };
  const close = (file: string) => {
    const members = stack.splice(stack.indexOf(file));
    for (const member of members) {
      const entry = visited.get(member);
      if (entry) entry.isOnStack = false;
    }
    if (members.length > 1 || importedFiles(graph, file).includes(file)) groups.push(new Set(members));
  };

  for (const file of graph.keys()) if (!visited.has(file)) visit(file);
  return groups;
}

function shortestCircle(graph: ImportGraph, group: ReadonlySet<string>): readonly string[] {
  const circles = [...group].flatMap((file) => {
    const path = findPath(
      graph,
      [file],
      (to) => to === file,
      (to) => group.has(to),
    );
    return path ? [path] : [];
  });
  return circles.sort((a, b) => a.length - b.length)[0] ?? [];
}
