import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atExit } from '../testing/at-exit.js';
import type { CuratorInstallation } from '../testing/find-curator.js';

const SOURCE = fileURLToPath(new URL('./curator/Contender.java', import.meta.url));

/** Compiles the process of Curator's contender, and returns the command that starts it. */
export async function compileCuratorContender({ java, javac, classPath }: CuratorInstallation): Promise<string[]> {
  const classes = mkdtempSync(join(tmpdir(), 'bench-curator-'));
  atExit(() => rmSync(classes, { recursive: true, force: true }));
  await promisify(execFile)(javac, ['-cp', classPath, '-d', classes, SOURCE]);
  return [java, '-cp', [classes, classPath].join(delimiter), 'Contender'];
}
