import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onPath } from './on-path.js';

/** Curator, and the commands that compile and run a program with it. */
export interface CuratorInstallation {
  readonly java: string;
  readonly javac: string;
  readonly classPath: string;
}

/** It names the jars that it needs. */
const DEBIAN_JAR = '/usr/share/java/curator-recipes.jar';

/** Finds Debian's Curator, or another one by CURATOR_CLASSPATH; `null` without it or without a JDK. */
export function findCurator(
  { CURATOR_CLASSPATH, JAVA_HOME, PATH = '' }: NodeJS.ProcessEnv = process.env,
): CuratorInstallation | null {
  const path = JAVA_HOME ? join(JAVA_HOME, 'bin') + delimiter + PATH : PATH;
  const java = onPath('java', path);
  const javac = onPath('javac', path);
  const classPath = CURATOR_CLASSPATH || (existsSync(DEBIAN_JAR) ? DEBIAN_JAR : null);
  return java && javac && classPath ? { java, javac, classPath } : null;
}
