/**
 * Looks at the pages of `npm run docs` in a chromium, as wide as a phone: none may scroll sideways, each has a title of
 * its own, and the search finds the guides.
 */
import { join } from 'node:path';
import { findChromium } from '../testing/find-chromium.js';
import { Browser } from './site/browser.js';
import { LOOK } from './site/look.js';
import { servePages } from './site/pages.js';

interface Report {
  readonly pages: number;
  readonly flaws: readonly string[];
}

const site = join(import.meta.dirname, '..', 'docs', 'reference');
const executable = await findChromium();
await using pages = await servePages(site, LOOK);
await using _browser = await Browser.open(executable, pages.url);
const { pages: seen, flaws } = (await pages.report) as Report;
for (const flaw of flaws) console.error(flaw);
console.log(`${seen} pages of the site, ${flaws.length} flaws`);
if (flaws.length > 0 || seen === 0) process.exitCode = 1;
