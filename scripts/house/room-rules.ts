import type { Import, ImportGraph } from './imports.js';
import { findPath } from './paths.js';
import { FAMILIES, ROOMS, type Room } from './rooms.js';
import type { SourceTree, Violation } from './source-tree.js';

/** Specs and scripts may import the inside of every family. */
const INSIDERS = /^(spec|scripts)\//;

/** Files by which a family is entered; the second one has what other rooms need, and users do not. */
const DOORS = ['index.ts', 'faces.ts'];

/** Checks the imports against the table of rooms, both direct imports and chains through other files. */
export function checkRooms(graph: ImportGraph): Violation[] {
  const imports = [...graph.values()].flat();
  return [
    ...homelessFiles(graph),
    ...wrongRooms(graph),
    ...imports.flatMap((each) => [...missingFile(graph, each), ...wrongDoor(each), ...wrongPackage(each)]),
  ];
}

/** An entry lists its exports by name, because `export *` would publish every export of the file behind it. */
export function checkEntries(tree: SourceTree): Violation[] {
  const entries = [...tree].filter(([file]) => /(^|\/)index\.ts$/.test(file));
  return entries.flatMap(([file, text]) => {
    const match = /^export (type )?\*/m.exec(text);
    const line = text.slice(0, match?.index).split('\n').length;
    return match ? [{ rule: 'entries', place: `${file}:${line}`, message: 'publishes by export *' }] : [];
  });
}

const roomsOfFiles = new Map<string, Room | undefined>();

function roomOf(file: string): Room | undefined {
  if (!roomsOfFiles.has(file)) roomsOfFiles.set(file, findRoom(file));
  return roomsOfFiles.get(file);
}

function findRoom(file: string): Room | undefined {
  const matches = ROOMS.flatMap((room) =>
    room.files
      .filter((path) => (path.endsWith('/') ? file.startsWith(path) : file === path))
      .map((path) => ({ room, path })),
  );
  return matches.sort((a, b) => b.path.length - a.path.length)[0]?.room;
}

function homelessFiles(graph: ImportGraph): Violation[] {
  const files = [...graph.keys()].filter((file) => !roomOf(file));
  return files.map((place) => ({ rule: 'rooms', place, message: 'belongs to no room of scripts/house/rooms.ts' }));
}

/** Reports every direct import of a room that is not allowed, or else the shortest chain that leads to it. */
function wrongRooms(graph: ImportGraph): Violation[] {
  return ROOMS.flatMap((room) => {
    const files = [...graph.keys()].filter((file) => roomOf(file) === room);
    return strangersTo(room).flatMap((stranger) =>
      chainsBetween(graph, files, (file) => roomOf(file) === stranger).map((chain) => ({
        rule: 'rooms',
        place: chain[0] ?? '',
        message: `${room.name} must not know ${stranger.name}: ${chain.join(' → ')}`,
      })),
    );
  });
}

function chainsBetween(graph: ImportGraph, files: readonly string[], isStranger: (file: string) => boolean) {
  const direct = files.flatMap((file) => (graph.get(file) ?? []).filter(({ to }) => isStranger(to)));
  if (direct.length > 0) return direct.map(({ from, to }) => [from, to]);
  const chain = findPath(graph, files, isStranger);
  return chain ? [chain] : [];
}

function strangersTo(room: Room): Room[] {
  return ROOMS.filter((other) => other !== room && room.knows !== 'all' && !room.knows.includes(other.name));
}

function missingFile(graph: ImportGraph, { from, line, to, isPackage }: Import): Violation[] {
  if (isPackage || graph.has(to)) return [];
  return [{ rule: 'rooms', place: `${from}:${line}`, message: `imports ${to}, which is no file of a room` }];
}

function wrongDoor({ from, line, to }: Import): Violation[] {
  const family = FAMILIES.find((folder) => to.startsWith(folder));
  const isDoor = DOORS.some((door) => to === `${family}${door}`);
  if (!family || from.startsWith(family) || isDoor || INSIDERS.test(from)) return [];
  return [{ rule: 'doors', place: `${from}:${line}`, message: `imports ${to}, not ${family}index.ts` }];
}

function wrongPackage({ from, line, to, isPackage }: Import): Violation[] {
  if (!isPackage || to.startsWith('node:')) return [];
  const name = to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
  const room = roomOf(from);
  const isAllowed = room?.knows === 'all' || room?.packages?.includes(name);
  if (isAllowed) return [];
  return [{ rule: 'packages', place: `${from}:${line}`, message: `must not import the package ${name}` }];
}
