import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COMMAND } from '../../../lib/cli/limits.js';
import { Progress } from '../../../lib/cli/progress.js';

const { after, every } = COMMAND.progress;
const CLEAR = '\r\x1b[K';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function progress(isTTY: boolean) {
  const written: string[] = [];
  return { written, shown: new Progress({ isTTY, write: (text) => written.push(text) }) };
}

describe('the progress of a transfer', () => {
  it('is shown on a terminal once it takes longer than a second, renewed, and removed at the end', () => {
    const { written, shown } = progress(true);
    shown.begin(4 * 1_024 * 1_024);
    shown.add(1_024);
    vi.advanceTimersByTime(after - 1);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(1);
    shown.add(1_024 * 1_024);
    vi.advanceTimersByTime(every);
    shown.end();
    vi.advanceTimersByTime(10_000);
    expect(written).toEqual([`${CLEAR}1.0 KiB of 4.0 MiB (0 %)`, `${CLEAR}1.0 MiB of 4.0 MiB (25 %)`, CLEAR]);
  });

  it('counts without a share where the length is not known, and anew when the transfer begins again', () => {
    const { written, shown } = progress(true);
    shown.begin(null);
    shown.add(500);
    vi.advanceTimersByTime(after);
    shown.begin(null);
    shown.add(7);
    vi.advanceTimersByTime(every);
    shown.end();
    expect(written).toEqual([`${CLEAR}500 bytes`, `${CLEAR}7 bytes`, CLEAR]);
  });

  it('is shown nowhere but on a terminal, and not for a short transfer', () => {
    vi.stubEnv('TERM', 'dumb');
    const dumb = progress(true);
    dumb.shown.begin(10);
    vi.unstubAllEnvs();
    const file = progress(false);
    file.shown.begin(10);
    const short = progress(true);
    short.shown.begin(10);
    vi.advanceTimersByTime(after - 1);
    short.shown.end();
    vi.advanceTimersByTime(10_000);
    for (const { shown, written } of [dumb, file, short]) {
      shown.end();
      expect(written).toEqual([]);
    }
  });

  it('counts the bytes of a stream, and leaves them as they are', async () => {
    const { written, shown } = progress(true);
    shown.begin(6);
    const stream = new Blob(['abcdef']).stream() as ReadableStream<Uint8Array>;
    expect(await new Response(shown.count(stream)).text()).toBe('abcdef');
    vi.advanceTimersByTime(after);
    shown.end();
    expect(written).toEqual([`${CLEAR}6 bytes of 6 bytes (100 %)`, CLEAR]);
  });
});
