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

/** Where a chart is read. */
interface Layout {
  readonly columns: number;
  readonly margin: number;
  readonly panelWidth: number;
  /** The characters of a line of the header and the footer, of a panel's title, and beside a name. */
  readonly lineLength: number;
  readonly titleLength: number;
  readonly reasonLength: number;
}

const LAYOUTS = {
  page: { columns: 2, margin: 24, panelWidth: 464, lineLength: 150, titleLength: 66, reasonLength: 66 },
  phone: { columns: 1, margin: 12, panelWidth: 350, lineLength: 54, titleLength: 44, reasonLength: 42 },
} satisfies Record<string, Layout>;

/** The name of a layout. */
export type LayoutName = keyof typeof LAYOUTS;

const HEADING_BASELINE = 28;
const LINE_PITCH = 18;
const TITLE_PITCH = 16;
const FOOTER_GAP = 26;
const BAR_HEIGHT = 14;
const BAR_PITCH = 20;
const PANEL_GAP = 16;
const NAMES_WIDTH = 76;
/** The room for the label right of the longest bar. */
const LABELS_WIDTH = 136;
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
export function drawChart(results: Results, name: LayoutName): string {
  const layout = LAYOUTS[name];
  const { margin, panelWidth, lineLength } = layout;
  const panels = panelsOf(results, [...CONTENDERS.keys()]);
  const columns = inColumns(panels, layout);
  const width = 2 * margin + columns.length * panelWidth + (columns.length - 1) * margin;
  const heading = `Watches beside ${othersIn(panels)}`;
  const { rounds } = results;
  const medians = `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  const scale = 'each group has its own scale, from zero; × is the ratio to zk-recipes.';
  const headings = wrap(heading, name === 'phone' ? 34 : lineLength);
  const notes = wrap(`Shorter is better. ${medians}; ${scale}`, lineLength);
  const top = HEADING_BASELINE + (headings.length + notes.length) * LINE_PITCH + 2;
  const bottom = top + Math.max(...columns.map((column) => heightOfAll(column, layout)));
  const feet = wrap(footer(results), lineLength);
  const height = bottom + FOOTER_GAP + feet.length * LINE_PITCH;
  const groups = columns.flatMap((column, index) => {
    const x = margin + index * (panelWidth + margin);
    return column.map((panel, row) => {
      const y = top + heightOfAll(column.slice(0, row), layout);
      return `<g transform="translate(${x} ${y})">\n${drawPanel(panel, layout)}\n</g>`;
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${heading}">
<style>${STYLE}
</style>
<rect class="ground" width="${width}" height="${height}"/>
${lines(margin, HEADING_BASELINE, LINE_PITCH, 'heading', headings)}
${lines(margin, HEADING_BASELINE + headings.length * LINE_PITCH + 2, LINE_PITCH, 'faint', notes)}
${groups.join('\n')}
${lines(margin, bottom + FOOTER_GAP, LINE_PITCH, 'faint', feet)}
</svg>
`;
}

/** The panels in their order, in columns of similar heights. */
function inColumns(panels: readonly Panel[], layout: Layout): Panel[][] {
  const columns = Array.from({ length: layout.columns }, (): Panel[] => []);
  const share = heightOfAll(panels, layout) / columns.length;
  for (const [index, panel] of panels.entries()) {
    const middle = heightOfAll(panels.slice(0, index), layout) + heightOf(panel, layout) / 2;
    columns[Math.min(Math.floor(middle / share), columns.length - 1)]?.push(panel);
  }
  return columns;
}

function heightOf({ title, bars }: Panel, { titleLength }: Layout): number {
  return wrap(title, titleLength).length * TITLE_PITCH + 8 + bars.length * BAR_PITCH + PANEL_GAP;
}

function heightOfAll(panels: readonly Panel[], layout: Layout): number {
  return panels.reduce((sum, panel) => sum + heightOf(panel, layout), 0);
}

function othersIn(panels: readonly Panel[]): string {
  const drawn = new Set(panels.flatMap(({ bars }) => bars.map(({ contender }) => contender)));
  const names = [...CONTENDERS]
    .filter(([name]) => name !== 'ours' && drawn.has(name))
    .map(([, { inTitle }]) => inTitle);
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names).replace(/, and /, ' and ');
}

function drawPanel({ title, bars }: Panel, layout: Layout): string {
  const longest = Math.max(...bars.map(({ value }) => value ?? 0));
  const titles = wrap(title, layout.titleLength);
  const top = titles.length * TITLE_PITCH + 8;
  const rows = bars.map((bar, index) => drawBar(bar, top + index * BAR_PITCH, longest, layout));
  return [lines(0, 12, TITLE_PITCH, 'title', titles), ...rows].join('\n');
}

function drawBar({ contender, value, label }: Bar, y: number, longest: number, layout: Layout): string {
  const { name = contender, style = '' } = CONTENDERS.get(contender) ?? {};
  const baseline = y + BAR_HEIGHT - 3;
  const names = text(NAMES_WIDTH - 8, baseline, 'name', name);
  if (value === null) {
    const [reason = ''] = label.length > layout.reasonLength ? label.split(':') : [label];
    return `${names}${text(NAMES_WIDTH, baseline, 'faint', reason)}`;
  }
  // A value may be below zero: the last list can come before the last acknowledgement.
  const longestBar = layout.panelWidth - NAMES_WIDTH - LABELS_WIDTH;
  const length = longest > 0 ? Math.max((value / longest) * longestBar, LEAST_BAR) : LEAST_BAR;
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

function lines(x: number, y: number, pitch: number, style: string, content: readonly string[]): string {
  return content.map((line, index) => text(x, y + index * pitch, style, line)).join('\n');
}

/** The words of a text in lines of at most so many characters. */
function wrap(content: string, most: number): string[] {
  const wrapped: string[] = [];
  for (const word of content.split(' ')) {
    const last = wrapped.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) wrapped[wrapped.length - 1] = `${last} ${word}`;
    else wrapped.push(word);
  }
  return wrapped;
}
