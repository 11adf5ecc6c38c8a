import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
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

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

// Everything that apt-get writes lies in WORK. Its list of installed packages is an empty one.
const SCRIPT = `
  set -e
  [ -e "$TARGET" ] && exit 0
  rm -rf "$WORK"
  mkdir -p "$WORK/lists/partial" "$WORK/archives/partial" "$WORK/debs" "$WORK/root"
  : > "$WORK/status"
  echo "$SOURCE" > "$WORK/sources.list"
  cat > "$WORK/apt.conf" <<END
Dir::Etc::sourcelist "$WORK/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$WORK";
Dir::State::lists "$WORK/lists";
Dir::State::status "$WORK/status";
Dir::Cache "$WORK";
Dir::Cache::archives "$WORK/archives";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "3";
END
  export APT_CONFIG="$WORK/apt.conf"
  apt-get update -q --error-on=any
  cd "$WORK/debs"
  apt-get download -q $PACKAGES
  for deb in *.deb; do dpkg -x "$deb" "$WORK/root"; done
  mv "$WORK/root" "$TARGET"
  rm -rf "$WORK"
`;

/**
 * Downloads packages of any suite of Debian and unpacks them, without installing anything. Their dependencies are not
 * resolved. Returns the root of the unpacked files, which is kept for later runs.
 */
export async function unpackDebianPackages(suite: string, packages: readonly string[]): Promise<string> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new NoDebianPackagesError(packages, suite, reason, cause);
  };
  const cache = await cacheFolder('spec-debian');
  const hash = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12);
  const target = join(cache, `${suite}-${hash}`);
  if (existsSync(target)) return target;
  for (const command of ['apt-get', 'dpkg', 'flock']) {
    if (onPath(command) === null) fail(`there is no ${command}`);
  }
  const mirror = (await debianMirror()) ?? fail('apt-get knows no mirror of Debian');
  const source = existsSync(KEYRING) ? `deb [signed-by=${KEYRING}]` : 'deb';
  const env = {
    ...process.env,
    TARGET: target,
    WORK: `${target}.work`,
    SOURCE: `${source} ${mirror} ${suite} main`,
    PACKAGES: packages.join(' '),
  };
  process.stderr.write(`Unpacking packages of Debian's ${suite}, for the specs: ${packages.join(', ')}\n`);
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  await promisify(execFile)('flock', [join(cache, 'lock'), 'sh', '-c', SCRIPT], options).catch((error: unknown) =>
    fail('apt-get or dpkg failed', error),
  );
  return target;
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

/** The mirror that this machine takes Debian's own packages from. */
async function debianMirror(): Promise<string | null> {
  const format = '$(REPO_URI) $(COMPONENT) $(RELEASE) $(ORIGIN)';
  const args = ['indextargets', '--format', format, 'Created-By: Packages'];
  const { stdout } = await promisify(execFile)('apt-get', args);
  const targets = stdout.split('\n').map((line) => line.split(' '));
  // The origin is known once the lists have been fetched; a format's unknown field stays as it is.
  const ofDebian = targets.filter(
    ([, component, release = '', origin = '']) =>
      component === 'main' && !release.includes('-security') && (origin === 'Debian' || !/^\w/.test(origin)),
  );
  return ofDebian[0]?.[0] ?? null;
}
