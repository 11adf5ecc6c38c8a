import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

/** The fields of a source map that change. */
interface SourceMap {
  readonly mappings: string;
  readonly names: readonly string[];
}

/**
 * Keeps the line of the source for each line of code, and for each part of it that comes from another line. A map of
 * every column would take many times the space, and stacks are read by their lines.
 */
export function toLineMap<T extends SourceMap>(map: T): T {
  const lines = decode(map.mappings).map((segments) => {
    const kept: SourceMapSegment[] = [];
    for (const [column, source, line = 0] of segments) {
      if (source === undefined) continue;
      const before = kept.at(-1);
      if (before?.[1] === source && before[2] === line) continue;
      kept.push([before ? column : 0, source, line, 0]);
    }
    return kept;
  });
  return { ...map, mappings: encode(lines), names: [] };
}
