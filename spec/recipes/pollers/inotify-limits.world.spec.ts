import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runModule } from '../../../testing/run-module.js';
import { temporaryDirectory } from '../../support/file-trees.js';

const DIRECTORIES = 50;

/** Polls a directory whose 50 directories change twice, and prints the kind, the numbers of events and the warnings. */
const SCRIPT = `
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePoller } from './recipes/pollers/index.js';
const warnings = [];
console.warn = (...args) => void warnings.push(args.map(String).join(' '));
const root = process.env.POLLED;
const poller = await makePoller(root, { recurse: true });
const counts = [];
for (const change of [(file) => writeFileSync(file, 'x'), (file) => writeFileSync(file, 'more'), rmSync]) {
  for (let index = 0; index < ${DIRECTORIES}; index += 1) change(join(root, String(index), 'file'));
  const events = await poller.getNewEvents();
  counts.push(events.map(({ type }) => type).filter((type, index, all) => all.indexOf(type) === index).join() + ' ' + events.length);
}
console.log(JSON.stringify({ kind: poller.kind, counts, warnings }));
await poller.close();
`;

/** Starts a program in a user namespace of its own, in which the system's own limit is so low. */
function limited(setting: string, most: number): string[] {
  return ['unshare', '--map-root-user', 'sh', '-c', `echo ${most} > /proc/sys/user/${setting} && exec "$0" "$@"`];
}

describe("P9: at the system's own limits of inotify", () => {
  it.for([
    { limit: 'of 20 watches', setting: 'max_inotify_watches', most: 20, kind: 'inotify', error: 'ENOSPC' },
    { limit: 'of no watches', setting: 'max_inotify_watches', most: 0, kind: 'stat', error: 'ENOSPC' },
    { limit: 'of no instances', setting: 'max_inotify_instances', most: 0, kind: 'stat', error: 'EMFILE' },
  ])('one $limit: no change is lost, with one warning', async ({ setting, most, kind, error }) => {
    const root = temporaryDirectory();
    for (let index = 0; index < DIRECTORIES; index += 1) mkdirSync(join(root, `${index}`));
    const run = await runModule(SCRIPT, { launcher: limited(setting, most), env: { POLLED: root } });
    expect(run.errors).toBe('');
    const { warnings, ...found } = JSON.parse(run.lines[0] ?? '{}');
    expect(found).toEqual({ kind, counts: ['created 50', 'modified 50', 'deleted 50'] });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(error);
    expect(warnings[0]).toContain('raise fs.inotify.max_user_watches or max_user_instances');
  });
});
