import type { Figures } from './measurements/measurement.js';
import { type Pairing, pairLines, pairUp } from './pairs.js';
import type { Pairs, Results } from './results.js';
import { quantile } from './statistics.js';

/** The figures of one measurement at one size. */
interface Section {
  readonly measurement: string;
  readonly about: string;
  readonly size: number;
  /** One value per round, by figure and contender. */
  readonly figures: Map<string, Map<string, number[]>>;
  /** The reason why a contender has no figures, by contender. */
  readonly missing: Map<string, string>;
}

/** Collects the figures of all measurements. */
export class Report {
  readonly #rounds: number;
  readonly #pairings: readonly Pairing[];
  readonly #sections: Section[] = [];

  /**
   * @param rounds the number of rounds; the table names each contender that has fewer
   * @param pairings the contenders whose rounds are compared one by one
   */
  constructor(rounds: number, pairings: readonly Pairing[]) {
    this.#rounds = rounds;
    this.#pairings = pairings;
  }

  /** Begins the section to which the following figures belong. */
  begin(measurement: string, about: string, size: number): void {
    this.#sections.push({ measurement, about, size, figures: new Map(), missing: new Map() });
  }

  /** Adds the figures of one round. */
  add(contender: string, figures: Figures): void {
    const section = this.#sections.at(-1);
    for (const [figure, value] of Object.entries(figures)) {
      const values = section?.figures.get(figure) ?? new Map<string, number[]>();
      section?.figures.set(figure, values.set(contender, [...(values.get(contender) ?? []), value]));
    }
  }

  /** Notes that the contender will have no more figures in this section. */
  addMissing(contender: string, reason: string): void {
    this.#sections.at(-1)?.missing.set(contender, reason);
  }

  toJSON(): Pick<Results, 'results' | 'missing' | 'pairs'> {
    const results = this.#sections.flatMap(({ figures, missing: _, ...section }) =>
      [...figures].map(([figure, values]) => {
        const ours = quantile(values.get('ours') ?? [], 0.5);
        const contenders = [...values].map(([contender, rounds]) => {
          const median = quantile(rounds, 0.5);
          const summary = { median, min: Math.min(...rounds), max: Math.max(...rounds), rounds };
          return [contender, contender === 'ours' ? summary : { ...summary, ratioToOurs: median / ours }] as const;
        });
        return { ...section, figure, contenders: Object.fromEntries(contenders) };
      }),
    );
    const missing = this.#sections.flatMap(({ measurement, size, missing }) =>
      [...missing].map(([contender, reason]) => ({ measurement, size, contender, reason })),
    );
    const pairs = this.#pairings.flatMap((pairing) => this.#pairs(pairing));
    return { results, missing, ...(this.#pairings.length > 0 && { pairs }) };
  }

  toTable(contenders: readonly string[]): string {
    const lines = this.#sections.flatMap((section) => this.#sectionLines(section, contenders));
    const pairs = this.#pairings.flatMap((pairing) => pairLines(this.#pairs(pairing), pairing));
    return [...lines, ...pairs].join('\n');
  }

  #pairs({ of, to }: Pairing): Pairs[] {
    return this.#sections.flatMap(({ measurement, size, figures }) =>
      [...figures].flatMap(([figure, rounds]) => {
        const [values, others] = [rounds.get(of), rounds.get(to)];
        return values && others ? [{ of, to, measurement, size, figure, ...pairUp(values, others) }] : [];
      }),
    );
  }

  #sectionLines({ measurement, about, figures, missing }: Section, all: readonly string[]): string[] {
    const measured = new Set([...missing.keys(), ...[...figures.values()].flatMap((values) => [...values.keys()])]);
    const contenders = all.filter((contender) => measured.has(contender));
    const lines = ['', `${measurement}: ${about}`, line('  median (min to max)', contenders)];
    const fewer = new Map<string, number>();
    for (const [figure, values] of figures) {
      const ours = quantile(values.get('ours') ?? [], 0.5);
      const cells = contenders.map((contender) => {
        const rounds = values.get(contender);
        if (!rounds) return '-';
        if (rounds.length < this.#rounds) fewer.set(contender, rounds.length);
        const median = quantile(rounds, 0.5);
        const spread = `${print(median)} (${print(Math.min(...rounds))} to ${print(Math.max(...rounds))})`;
        return contender === 'ours' || !values.has('ours')
          ? spread
          : `${spread} ${`x ${print(median / ours)}`.padStart(8)}`;
      });
      lines.push(line(`  ${figure}`, cells));
    }
    for (const [contender, rounds] of fewer)
      lines.push(`  ${contender}: ${rounds} of ${this.#rounds} rounds, to save time`);
    for (const [contender, reason] of missing) lines.push(`  ${contender}: ${reason}`);
    return lines;
  }
}

function line(label: string, cells: readonly string[]): string {
  return label.padEnd(40) + cells.map((cell) => cell.padStart(36)).join('');
}

/** Prints at least three significant digits. */
function print(value: number): string {
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(decimals);
}
