import type { MemorySocket } from '../../../testing/memory-socket.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';
import { Arrivals } from './arrivals.js';

/** Bytes that a mutation delivers one by one, at most. */
const MOST_SINGLES = 400;

/** The direction of one connection to the client. Bytes arrive in order, unless they are sent aside. */
export class Lane {
  readonly #arrivals: Arrivals;
  readonly #socket: () => MemorySocket;
  #gathered: Buffer[] = [];
  #delay = 0;
  #singles = 0;
  #isMute = false;
  /** Frames held back until the next one has passed. */
  #late: Buffer[] = [];
  #record: Buffer[] | null = null;

  constructor(clock: VirtualClock, latency: () => number, socket: () => MemorySocket) {
    this.#arrivals = new Arrivals(
      () => clock.now,
      latency,
      (delay, run) => clock.atClient(delay, run),
    );
    this.#socket = socket;
  }

  /** When everything that was sent will have arrived. */
  get busyUntil(): number {
    return this.#arrivals.lastAt + this.#delay;
  }

  /** The frames that pass while the function runs. */
  recorded(run: () => void): readonly Buffer[] {
    const record: Buffer[] = [];
    this.#record = record;
    run();
    this.#record = null;
    return record;
  }

  pass(bytes: Buffer): void {
    this.#record?.push(bytes);
    if (this.#isMute) return;
    this.#gathered.push(bytes);
    if (this.#late.length === 0) return;
    this.#gathered.push(...this.#late);
    this.#late = [];
  }

  /** Lets the frame after this one overtake it. */
  passAfterNext(bytes: Buffer): void {
    this.#record?.push(bytes);
    this.#late.push(bytes);
  }

  /** Everything from here on arrives so many ms later. */
  stall(ms: number): void {
    this.flush();
    this.#delay += ms;
  }

  /** The next bytes arrive one by one. */
  passSingly(): void {
    this.flush();
    this.#singles = MOST_SINGLES;
  }

  /** Nothing arrives any more, and the connection stays open. */
  mute(): void {
    this.flush();
    this.#isMute = true;
  }

  /** The connection ends behind what was sent. */
  end(how: 'fin' | 'rst'): void {
    this.flush();
    this.#isMute = true;
    this.#arrive((socket) => (how === 'fin' ? socket.arriveEnd() : socket.arriveReset()));
  }

  /** Sends what was gathered in this turn as one chunk. */
  flush(): void {
    if (this.#gathered.length === 0) return;
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    const singles = Math.min(this.#singles, bytes.length);
    this.#singles -= singles;
    for (let at = 0; at < singles; at += 1) {
      const byte = bytes.subarray(at, at + 1);
      this.#arrive((socket) => socket.arrive(byte));
    }
    const rest = bytes.subarray(singles);
    if (rest.length > 0) this.#arrive((socket) => socket.arrive(rest));
  }

  #arrive(what: (socket: MemorySocket) => void): void {
    this.#arrivals.add(() => what(this.#socket()), this.#delay);
    this.#delay = 0;
  }
}
