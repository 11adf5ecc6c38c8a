import type { Figures } from './measurements/measurement.js';
import type { Results } from './results.js';
import { quantile } from './statistics.js';

/** What the figures of one measurement at one size have in common. */
interface Section {
  readonly measurement: string;
  readonly about: string;
  readonly size: number;
  /** A value a round, by figure and contender. */
  readonly figures: Map<string, Map<string, number[]>>;
  /** Why there are none, by contender. */
  readonly missing: Map<string, string>;
}

/** Collects what is measured. */
export class Report {
  readonly #rounds: number;
  readonly #sections: Section[] = [];

  /** @param rounds how many there are of a figure, if nothing else is said of it */
  constructor(rounds: number) {
    this.#rounds = rounds;
  }

  /** What is added from now on is of this measurement. */
  begin(measurement: string, about: string, size: number): void {
    this.#sections.push({ measurement, about, size, figures: new Map(), missing: new Map() });
  }

  add(contender: string, figures: Figures): void {
    const section = this.#sections.at(-1);
    for (const [figure, value] of Object.entries(figures)) {
      const values = section?.figures.get(figure) ?? new Map<string, number[]>();
      section?.figures.set(figure, values.set(contender, [...(values.get(contender) ?? []), value]));
    }
  }

  /** There will be no more figures of the contender. */
  addMissing(contender: string, reason: string): void {
    this.#sections.at(-1)?.missing.set(contender, reason);
  }

  /** Medians, the least and the most, and the ratio to our median; `missing`: why there are none. */
  toJSON(): Pick<Results, 'results' | 'missing'> {
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
    return { results, missing };
  }

  toTable(contenders: readonly string[]): string {
    return this.#sections.flatMap((section) => this.#sectionLines(section, contenders)).join('\n');
  }

  #sectionLines({ measurement, about, figures, missing }: Section, contenders: readonly string[]): string[] {
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
        return contender === 'ours' ? spread : `${spread} ${`x ${print(median / ours)}`.padStart(8)}`;
      });
      lines.push(line(`  ${figure}`, cells));
    }
    for (const [contender, rounds] of fewer)
      lines.push(`  ${contender}: ${rounds} of ${this.#rounds} rounds, for its time`);
    for (const [contender, reason] of missing) lines.push(`  ${contender}: ${reason}`);
    return lines;
  }
}

function line(what: string, cells: readonly string[]): string {
  return what.padEnd(40) + cells.map((cell) => cell.padStart(36)).join('');
}

/** With three digits that matter at least. */
function print(value: number): string {
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(decimals);
}
