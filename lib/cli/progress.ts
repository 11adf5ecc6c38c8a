import { COMMAND } from './limits.js';

/** The part of stderr that is used here. */
interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR = '\r\x1b[K';
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'];

/** Shows on a terminal how far a transfer is, once it takes longer than a moment. Anywhere else it shows nothing. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #after: number;
  #bytes = 0;
  #total: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  /** @param after how long a transfer takes before it is shown, in ms */
  constructor(terminal: Terminal = process.stderr, after: number = COMMAND.progress.after) {
    this.#terminal = terminal;
    this.#after = after;
  }

  /** A transfer begins, or begins again. @param total its length in bytes; `null` when that is not known */
  begin(total: number | null): void {
    this.#bytes = 0;
    this.#total = total;
    if (this.#timer || !this.#terminal.isTTY || process.env.TERM === 'dumb') return;
    this.#timer = setTimeout(() => {
      this.#show();
      this.#timer = setInterval(() => this.#show(), COMMAND.progress.every);
    }, this.#after);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The transfer is over: its line is removed. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isShown) this.#terminal.write(CLEAR);
    this.#isShown = false;
  }

  /** Counts the bytes of a stream. @param signal ends it */
  count(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
    const counting = new TransformStream<Uint8Array, Uint8Array>({
      transform: (piece, controller) => {
        this.add(piece.byteLength);
        controller.enqueue(piece);
      },
    });
    return stream.pipeThrough(counting, signal && { signal });
  }

  #show(): void {
    const total = this.#total;
    const share = total ? ` of ${toUnits(total)} (${Math.floor((100 * this.#bytes) / total)} %)` : '';
    this.#terminal.write(`${CLEAR}${toUnits(this.#bytes)}${share}`);
    this.#isShown = true;
  }
}

function toUnits(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  for (; amount >= 1_024 && unit < UNITS.length - 1; unit += 1) amount /= 1_024;
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
}
