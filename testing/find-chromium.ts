import { canInstall, installPackages } from './install-packages.js';
import { onPath } from './on-path.js';

/** The path of Debian's chromium, which is installed where it is missing and that is possible. */
export async function findChromium(): Promise<string> {
  if (onPath('chromium') === null && canInstall()) await installPackages('chromium');
  const path = onPath('chromium');
  if (path === null) throw new Error('This needs chromium: install it, or run as root on Debian with a mirror.');
  return path;
}
