import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { turn, VirtualClock, withVirtualClock } from '../../testing/virtual-clock.js';

function runAll(clock: VirtualClock): void {
  while (clock.step());
}

describe('the virtual clock', () => {
  let clock: VirtualClock;
  let order: string[];
  let restore: () => void;
  const note = (what: string) => () => void order.push(what);

  beforeEach(() => {
    clock = new VirtualClock(new SeededRandom(1));
    order = [];
    restore = clock.install();
  });

  afterEach(() => restore());

  it('takes events by time, and those of one time in the order of scheduling', () => {
    clock.inWorld(20, note('later'));
    clock.inWorld(10, note('first'));
    clock.inWorld(10, note('second'));
    runAll(clock);
    expect(order).toEqual(['first', 'second', 'later']);
    expect(clock.now).toBe(1_020);
  });

  it('stands in for the clocks of the process', () => {
    const [began, date] = [performance.now(), Date.now()];
    clock.inWorld(1_500, () => {
      order.push(`${performance.now() - began} ${Date.now() - date}`);
    });
    runAll(clock);
    expect(order).toEqual(['1500 1500']);
  });

  it('fires timers up to a millisecond early, never late, and passes their arguments', () => {
    const at: number[] = [];
    for (let count = 0; count < 100; count += 1) setTimeout((offset: number) => at.push(clock.now - offset), 10, 1_000);
    runAll(clock);
    expect(at).toHaveLength(100);
    expect(Math.min(...at)).toBeGreaterThan(9);
    expect(Math.max(...at)).toBeLessThanOrEqual(10);
  });

  it('forgets what is cleared, and counts what is left', () => {
    const timer = setTimeout(note('timer'), 5);
    const immediate = setImmediate(note('immediate'));
    setTimeout(note('kept'), 1);
    expect(clock.pendingTimers).toBe(3);
    clearTimeout(timer);
    clearImmediate(immediate);
    clearTimeout(timer);
    clearTimeout(undefined);
    expect(clock.pendingTimers).toBe(1);
    runAll(clock);
    expect(order).toEqual(['kept']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets a blocked event loop find timers first, then what has come in, then immediates', () => {
    clock.atClient(5, note('came in first'));
    setTimeout(() => {
      order.push('timer');
      setImmediate(note('immediate'));
    }, 50);
    clock.atClient(90, note('came in last'));
    clock.inWorld(40, note('the world goes on'));
    clock.block(100);
    runAll(clock);
    expect(order).toEqual(['the world goes on', 'timer', 'came in first', 'came in last', 'immediate']);
    expect(clock.now).toBe(1_100);
  });

  it('polls and runs the immediates after a timer has blocked, before the timers that are due by then', () => {
    clock.atClient(15, note('came in'));
    setTimeout(() => {
      order.push('blocks');
      setImmediate(note('immediate'));
      clock.spin(100);
    }, 10);
    setTimeout(note('timer'), 50);
    runAll(clock);
    expect(order).toEqual(['blocks', 'came in', 'immediate', 'timer']);
  });

  it('runs the rest of the poll and the immediates after input has blocked, and polls again after the timers', () => {
    clock.atClient(10, () => {
      order.push('blocks');
      setImmediate(note('immediate'));
      clock.spin(100);
    });
    clock.atClient(10, note('came in together'));
    clock.atClient(15, note('came in late'));
    setTimeout(note('timer'), 50);
    runAll(clock);
    expect(order).toEqual(['blocks', 'came in together', 'immediate', 'timer', 'came in late']);
  });

  it('runs the timers and polls after an immediate has blocked, before the immediates that it set', () => {
    setImmediate(() => {
      order.push('blocks');
      setImmediate(note('next immediate'));
      clock.spin(100);
    });
    setImmediate(note('immediate'));
    setTimeout(note('timer'), 50);
    clock.atClient(15, note('came in'));
    runAll(clock);
    expect(order).toEqual(['blocks', 'immediate', 'timer', 'came in', 'next immediate']);
  });

  it('lets time pass and the world go on in a spin', () => {
    clock.inWorld(40, note('the world goes on'));
    clock.atClient(10, () => {
      clock.spin(100);
      order.push(`after the spin, at ${performance.now()}`);
    });
    runAll(clock);
    expect(order).toEqual(['the world goes on', 'after the spin, at 1110']);
  });

  it('runs the rest of a turn that was blocked from within, and then the late timers', () => {
    setTimeout(() => {
      order.push('blocks');
      setImmediate(note('immediate of the turn'));
      setTimeout(note('late timer'), 5);
      clock.block(100);
    }, 50);
    setTimeout(note('timer'), 60);
    clock.atClient(90, note('came in meanwhile'));
    runAll(clock);
    expect(order).toEqual(['blocks', 'came in meanwhile', 'immediate of the turn', 'late timer', 'timer']);
  });

  it.each(['timer', 'io', 'immediate'] as const)(
    'keeps the loop busy in pieces, entered in the phase %s',
    async (entered) => {
      const at: string[] = [];
      const begin = clock.now;
      const record = (name: string) => () => void at.push(`${name} ${Math.round(clock.now - begin)}`);
      const end = clock.beBusy(100, entered);
      clock.atClient(10, record('input'));
      clock.atClient(110, record('input'));
      setTimeout(record('timer'), 10);
      setTimeout(record('timer'), 250);
      await clock.pass(400);
      end();
      clock.atClient(120, record('input'));
      await clock.pass(500);
      // The poll follows the timers of its turn.
      const first = entered === 'timer' ? ['input 100', 'timer 100'] : ['timer 100', 'input 100'];
      expect(at).toEqual([...first, 'input 200', 'timer 300', 'input 520']);
    },
  );

  it('reports that an event is running, for as long as its synchronous part lasts', async () => {
    const seen: boolean[] = [];
    clock.inWorld(1, () => {
      seen.push(clock.isRunning);
      queueMicrotask(() => seen.push(clock.isRunning));
    });
    clock.step();
    await turn();
    expect([...seen, clock.isRunning]).toEqual([true, false, false]);
  });

  it('takes thousands of events in order', () => {
    const random = new SeededRandom(5);
    const times: number[] = [];
    for (let count = 0; count < 5_000; count += 1) {
      const event = clock.inWorld(random.between(0, 1_000), () => times.push(clock.now));
      if (random.chance(0.2)) event.cancel();
    }
    runAll(clock);
    expect(times.length).toBeGreaterThan(3_500);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('a clock whose timers are exact', () => {
  it('passes time event by event, with the microtasks of each before the next, and stops at the end', async () => {
    await withVirtualClock(1, async (clock) => {
      const seen: string[] = [];
      const note = (name: string) => () => void seen.push(`${name} at ${performance.now()}`);
      setTimeout(() => queueMicrotask(note('microtask')), 10);
      setTimeout(note('timer'), 10);
      setTimeout(note('timer of the end'), 20);
      setTimeout(note('later timer'), 21);
      await clock.pass(20, () => void seen.push('-'));
      expect(seen).toEqual(['-', 'microtask at 1010', '-', 'timer at 1010', '-', 'timer of the end at 1020', '-']);
      expect(clock.now).toBe(1_020);
      expect(clock.pendingTimers).toBe(1);
    });
  });
});
