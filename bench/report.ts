import type { Figures } from './measurements.js';
import { quantile } from './statistics.js';

/** One figure of one measurement. */
interface Row {
  readonly measurement: string;
  readonly about: string;
  readonly size: number;
  readonly figure: string;
  /** A value a round, by contender. */
  readonly values: Map<string, number[]>;
}

/** Collects what is measured. */
export class Report {
  readonly #rows = new Map<string, Row>();

  add(measurement: string, about: string, size: number, contender: string, figures: Figures): void {
    for (const [figure, value] of Object.entries(figures)) {
      const key = `${measurement} ${size} ${figure}`;
      const row = this.#rows.get(key) ?? { measurement, about, size, figure, values: new Map() };
      this.#rows.set(key, row);
      row.values.set(contender, [...(row.values.get(contender) ?? []), value]);
    }
  }

  /** Medians, the least and the most, and the ratio to our median. */
  toJSON(): object[] {
    return [...this.#rows.values()].map(({ values, ...row }) => {
      const ours = quantile(values.get('ours') ?? [], 0.5);
      const contenders = [...values].map(([contender, rounds]) => {
        const median = quantile(rounds, 0.5);
        const summary = { median, min: Math.min(...rounds), max: Math.max(...rounds), rounds };
        return [contender, contender === 'ours' ? summary : { ...summary, ratioToOurs: median / ours }] as const;
      });
      return { ...row, contenders: Object.fromEntries(contenders) };
    });
  }

  toTable(contenders: readonly string[]): string {
    const lines: string[] = [];
    let title = '';
    for (const { measurement, about, figure, values } of this.#rows.values()) {
      if (title !== `${measurement}: ${about}`) {
        title = `${measurement}: ${about}`;
        lines.push('', title, line('  median (min to max)', contenders));
      }
      const ours = quantile(values.get('ours') ?? [], 0.5);
      const cells = contenders.map((contender) => {
        const rounds = values.get(contender);
        if (!rounds) return '-';
        const median = quantile(rounds, 0.5);
        const spread = `${print(median)} (${print(Math.min(...rounds))} to ${print(Math.max(...rounds))})`;
        return contender === 'ours' ? spread : `${spread} ${`x ${print(median / ours)}`.padStart(8)}`;
      });
      lines.push(line(`  ${figure}`, cells));
    }
    return lines.join('\n');
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
