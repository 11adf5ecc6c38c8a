import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RUNTIMES, TYPESCRIPT_VERSIONS, ZOOKEEPER_VERSIONS } from '../../testing/supported-versions.js';

const runtime = (name: string): string =>
  RUNTIMES.filter((each) => each.name === name)
    .map(({ version }) => version)
    .join(', ');

/** The last column of each row: the versions that the specs iterate over. */
function expected(): ReadonlyMap<string, string> {
  const servers = Object.entries(ZOOKEEPER_VERSIONS).map(([version, { runs }]) => `${version} (${runs})`);
  return new Map([
    ...[...new Set(RUNTIMES.map(({ name }) => name))].map((name) => [name, runtime(name)] as const),
    ['ZooKeeper', ['the embedded server', ...servers].join(', ')],
    ['TypeScript', TYPESCRIPT_VERSIONS.join(', ')],
  ]);
}

/** Throws unless the README's table of versions has in its last column those that are run. Returns their number. */
export async function checkVersionsTable(root: string): Promise<number> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const section = /^## Supported versions\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const rows = new Map(
    [...section.matchAll(/^\| *(\w+) *\|.*\| *(.*?) *\|$/gm)].map(([, name = '', runs = '']) => [name, runs]),
  );
  for (const [name, runs] of expected()) {
    const written = rows.get(name);
    if (written !== runs) {
      throw new Error(`README.md: the row of ${name} says that ${written ?? 'nothing'} is run, but it is ${runs}`);
    }
  }
  return expected().size;
}
