import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onPath } from './on-path.js';

export class NoDebianPackagesError extends Error {
  override readonly name = 'NoDebianPackagesError';

  constructor(packages: readonly string[], suite: string, reason: string, cause?: unknown) {
    super(
      `This needs ${packages.join(', ')} of Debian's ${suite}, unpacked beside the system: ${reason}. It runs on ` +
        'Debian, with apt-get, dpkg and flock, where apt-get can reach a mirror.',
      { cause },
    );
  }
}

const INSTALLED = '/var/lib/dpkg/status';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

// Everything that apt-get writes lies in WORK.
const SCRIPT = `
  set -e
  [ -e "$TARGET" ] && exit 0
  rm -rf "$WORK"
  mkdir -p "$WORK/lists/partial" "$WORK/archives/partial" "$WORK/root"
  : > "$WORK/status"
  echo "$SOURCE" > "$WORK/sources.list"
  cat > "$WORK/apt.conf" <<END
Dir::State "$WORK";
Dir::State::lists "$WORK/lists";
Dir::State::status "$STATUS";
Dir::Cache "$WORK";
Dir::Cache::archives "$WORK/archives";
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Debug::NoLocking "true";
Acquire::Languages "none";
Acquire::Retries "3";
$SOURCES
END
  export APT_CONFIG="$WORK/apt.conf"
  apt-get update -q --error-on=any
  cd "$WORK/archives"
  apt-get $FETCH $PACKAGES
  for deb in *.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" "$WORK/root"; done
  mv "$WORK/root" "$TARGET"
  rm -rf "$WORK"
`;

/** The sources of the suite alone. */
const SUITE_ALONE = (work: string): string => `
Dir::Etc::sourcelist "${work}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";`;

/**
 * Downloads packages of any suite of Debian and unpacks them, without installing anything. Their dependencies are not
 * resolved. Returns the root of the unpacked files, which is kept for later runs.
 */
export function unpackDebianPackages(suite: string, packages: readonly string[]): Promise<string> {
  return unpack(suite, packages, packages, async (work) => ({
    // No package counts as installed.
    STATUS: `${work}/status`,
    SOURCE: await sourceOf(suite),
    SOURCES: SUITE_ALONE(work),
    FETCH: 'download -q',
  }));
}

/**
 * The same with all packages that they depend on, of the machine's own release. Of all of these only those are unpacked
 * that are not installed, for use together with the ones that are.
 */
export async function unpackWithDependencies(packages: readonly string[]): Promise<string> {
  const [release, installed] = [await debianRelease(), await installedOf(packages)];
  const key = [...packages, 'with dependencies, beside', ...installed];
  return unpack(release, packages, key, async () => ({
    STATUS: INSTALLED,
    // Those of the machine.
    SOURCE: '',
    SOURCES: '',
    FETCH: 'install -q -y --download-only --no-upgrade',
  }));
}

async function unpack(
  suite: string,
  packages: readonly string[],
  key: readonly string[],
  settings: (work: string) => Promise<Record<'STATUS' | 'SOURCE' | 'SOURCES' | 'FETCH', string>>,
): Promise<string> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new NoDebianPackagesError(packages, suite, reason, cause);
  };
  const cache = await cacheFolder('spec-debian');
  const hash = createHash('sha256').update(key.join('\n')).digest('hex').slice(0, 12);
  const target = join(cache, `${suite}-${hash}`);
  const work = `${target}.work`;
  if (existsSync(target)) return target;
  for (const command of ['apt-get', 'dpkg', 'flock']) {
    if (onPath(command) === null) fail(`there is no ${command}`);
  }
  const set = await settings(work).catch((error: unknown) => fail('apt-get knows no mirror of Debian', error));
  const env = { ...process.env, TARGET: target, ...set, WORK: work, PACKAGES: packages.join(' ') };
  process.stderr.write(`Unpacking packages of Debian's ${suite}, for the specs: ${packages.join(', ')}\n`);
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  await promisify(execFile)('flock', [`${target}.lock`, 'sh', '-c', SCRIPT], options).catch((error: unknown) =>
    fail('apt-get or dpkg failed', error),
  );
  return target;
}

/** The code name of the machine's own release. */
export async function debianRelease(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? 'stable';
}

/** A folder for what later runs use again, which no other user can write to. */
export async function cacheFolder(name: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `${name}-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stat = await lstat(folder);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o022) !== 0) {
    throw new Error(`${folder} must be a folder that only its owner, the user ${uid}, can write to: remove it`);
  }
  return folder;
}

async function installedOf(packages: readonly string[]): Promise<string[]> {
  const status = await readFile(INSTALLED, 'utf8').catch(() => '');
  const installed = status.split('\n\n').filter((entry) => /^Status: .* installed$/m.test(entry));
  const names = new Set(installed.map((entry) => /^Package: (.*)$/m.exec(entry)?.[1]));
  return packages.filter((name) => names.has(name));
}

/** The line of a suite for apt-get. */
async function sourceOf(suite: string): Promise<string> {
  let mirror = await debianMirror();
  if (mirror === undefined) {
    // It names no mirror before it has fetched lists.
    await promisify(execFile)('apt-get', ['update', '-q']);
    mirror = await debianMirror();
  }
  if (mirror === undefined) throw new Error('There is none with the origin Debian');
  return `deb ${existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''}${mirror} ${suite} main`;
}

/** The mirror that this machine takes Debian's own packages from. */
async function debianMirror(): Promise<string | undefined> {
  const format = '$(REPO_URI) $(COMPONENT) $(RELEASE) $(ORIGIN)';
  const args = ['indextargets', '--format', format, 'Created-By: Packages'];
  const { stdout } = await promisify(execFile)('apt-get', args);
  const targets = stdout.split('\n').map((line) => line.split(' '));
  // The origin is known once the lists have been fetched; a format's unknown field stays as it is.
  const ofDebian = targets.filter(
    ([, component, release = '', origin = '']) =>
      component === 'main' && !release.includes('-security') && (origin === 'Debian' || !/^\w/.test(origin)),
  );
  return ofDebian[0]?.[0];
}
