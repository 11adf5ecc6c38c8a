/**
 * Draws the output of `npm run --silent bench -- --json` as an SVG: `npx tsx bench/chart.ts results.json [chart.svg]`,
 * with `--phone` in one narrow column.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { drawChart, type LayoutName } from './chart/draw-chart.js';
import type { Results } from './results.js';

const USAGE = `Usage: npx tsx bench/chart.ts [--phone] <results.json> [<chart.svg>]

Draws the output of \`npm run --silent bench -- --json > results.json\`, into the file or to
standard output. --phone draws one column, which a phone shows without scaling it down.`;

interface Task {
  readonly source: string;
  readonly target: string | undefined;
  readonly layout: LayoutName;
}

function task(): Task {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean', default: false }, phone: { type: 'boolean', default: false } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit();
    }
    const [source, target, ...rest] = positionals;
    if (source === undefined || rest.length > 0)
      throw new Error('expected one file with results, and at most one to draw into');
    return { source, target, layout: values.phone ? 'phone' : 'page' };
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

async function read(source: string): Promise<Results> {
  try {
    const results: Partial<Results> | null = JSON.parse(await readFile(source, 'utf8'));
    if (!results?.results || !results.missing) throw new Error('the file is not an output of the bench with --json');
    return results as Results;
  } catch (error) {
    return fail(`${source}: ${(error as Error).message}`);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

const { source, target, layout } = task();
const svg = drawChart(await read(source), layout);
if (target === undefined) process.stdout.write(svg);
else await writeFile(target, svg);
