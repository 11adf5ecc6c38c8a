import type { Results } from '../results.js';
import { type Bar, type Panel, panelsOf } from './panels.js';

/** The contenders in the order of their bars, each with its labels and the class of its colour. */
const CONTENDERS = new Map([
  ['ours', { name: 'zk-recipes', inTitle: 'zk-recipes', style: 'ours' }],
  ['by hand', { name: 'by hand', inTitle: 'a hand-written loop', style: 'hand' }],
  ['curator', { name: 'Curator', inTitle: 'Curator', style: 'curator' }],
  ['kazoo', { name: 'kazoo', inTitle: 'kazoo', style: 'kazoo' }],
  ['single reads', { name: 'single reads', inTitle: 'single reads', style: 'single' }],
  ['data watches', { name: 'data watches', inTitle: 'data watches', style: 'data' }],
]);

const COLUMNS = 2;
const MARGIN = 24;
const PANEL_WIDTH = 464;
const HEADER_HEIGHT = 64;
const FOOTER_HEIGHT = 44;
const TITLE_HEIGHT = 24;
const BAR_HEIGHT = 14;
const BAR_PITCH = 20;
const PANEL_GAP = 16;
const NAMES_WIDTH = 76;
/** The room for the label right of the longest bar. */
const LABELS_WIDTH = 136;
const LONGEST_BAR = PANEL_WIDTH - NAMES_WIDTH - LABELS_WIDTH;
const LEAST_BAR = 1.5;

const STYLE = `
    text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
    .heading { font-size: 17px; font-weight: 600 } .title { font-size: 13px; font-weight: 600 } .name { text-anchor: end }
    .ground { fill: #ffffff } .faint { fill: #59636e }
    .ours { fill: #0b7a57 } .hand { fill: #c2731f } .kazoo { fill: #6b7fb3 }
    .curator { fill: #a8487a } .single { fill: #7d8590 } .data { fill: #b0a12f }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .ground { fill: #0d1117 } .faint { fill: #9198a1 }
      .ours { fill: #3fb98a } .hand { fill: #e09b4f } .kazoo { fill: #8fa3d9 }
      .curator { fill: #d97fae } .single { fill: #9ba3ad } .data { fill: #d6c85a }
    }`;

/** An SVG with a group of bars per measurement; each group has its own scale, from zero. */
export function drawChart(results: Results): string {
  const panels = panelsOf(results, [...CONTENDERS.keys()]);
  const columns = inColumns(panels);
  const width = 2 * MARGIN + COLUMNS * PANEL_WIDTH + (COLUMNS - 1) * MARGIN;
  const height = HEADER_HEIGHT + Math.max(...columns.map(heightOfAll)) + FOOTER_HEIGHT;
  const groups = columns.flatMap((column, index) => {
    const x = MARGIN + index * (PANEL_WIDTH + MARGIN);
    return column.map((panel, row) => {
      const y = HEADER_HEIGHT + heightOfAll(column.slice(0, row));
      return `<g transform="translate(${x} ${y})">\n${drawPanel(panel)}\n</g>`;
    });
  });
  const heading = `Watches beside ${othersIn(panels)}`;
  const { rounds } = results;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${heading}">
<style>${STYLE}
</style>
<rect class="ground" width="${width}" height="${height}"/>
${text(MARGIN, 28, 'heading', heading)}
${text(MARGIN, 48, 'faint', `Shorter is better. Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; each group has its own scale, from zero; × is the ratio to zk-recipes.`)}
${groups.join('\n')}
${text(MARGIN, height - 18, 'faint', footer(results))}
</svg>
`;
}

/** The panels in their order, in columns of similar heights. */
function inColumns(panels: readonly Panel[]): Panel[][] {
  const columns = Array.from({ length: COLUMNS }, (): Panel[] => []);
  const share = heightOfAll(panels) / COLUMNS;
  for (const [index, panel] of panels.entries()) {
    const middle = heightOfAll(panels.slice(0, index)) + heightOf(panel) / 2;
    columns[Math.min(Math.floor(middle / share), COLUMNS - 1)]?.push(panel);
  }
  return columns;
}

function heightOf({ bars }: Panel): number {
  return TITLE_HEIGHT + bars.length * BAR_PITCH + PANEL_GAP;
}

function heightOfAll(panels: readonly Panel[]): number {
  return panels.reduce((sum, panel) => sum + heightOf(panel), 0);
}

function othersIn(panels: readonly Panel[]): string {
  const drawn = new Set(panels.flatMap(({ bars }) => bars.map(({ contender }) => contender)));
  const names = [...CONTENDERS]
    .filter(([name]) => name !== 'ours' && drawn.has(name))
    .map(([, { inTitle }]) => inTitle);
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names).replace(/, and /, ' and ');
}

function drawPanel({ title, bars }: Panel): string {
  const longest = Math.max(...bars.map(({ value }) => value ?? 0));
  const lines = bars.map((bar, index) => drawBar(bar, TITLE_HEIGHT + index * BAR_PITCH, longest));
  return [text(0, 12, 'title', title), ...lines].join('\n');
}

function drawBar({ contender, value, label }: Bar, y: number, longest: number): string {
  const { name = contender, style = '' } = CONTENDERS.get(contender) ?? {};
  const baseline = y + BAR_HEIGHT - 3;
  const names = text(NAMES_WIDTH - 8, baseline, 'name', name);
  if (value === null) return `${names}${text(NAMES_WIDTH, baseline, 'faint', label)}`;
  // A value may be below zero: the last list can come before the last acknowledgement.
  const length = longest > 0 ? Math.max((value / longest) * LONGEST_BAR, LEAST_BAR) : LEAST_BAR;
  const bar = `<rect class="${style}" x="${NAMES_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`;
  return `${names}${bar}${text(NAMES_WIDTH + length + 6, baseline, '', label)}`;
}

function footer({ machine, versions, commit }: Results): string {
  const software = ['node', 'zookeeper', 'node-zookeeper-client', 'curator', 'java', 'kazoo', 'python']
    .filter((name) => versions[name] !== undefined)
    .map((name) => `${name} ${versions[name]?.replace(/^v/, '')}`);
  const hardware = `${machine.processors} × ${machine.processor}`;
  return [hardware, ...software, ...(commit === null ? [] : [commit.slice(0, 10)])].join(' · ');
}

function text(x: number, y: number, style: string, content: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${Number(x.toFixed(1))}" y="${y}"${style && ` class="${style}"`} xml:space="preserve">${escaped}</text>`;
}
