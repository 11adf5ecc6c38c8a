import { afterEach, expect, it, vi } from 'vitest';
import { Sweep } from '../../../../lib/embedded/server/sweep.js';
import { Recorder } from '../../../../testing/recorder.js';

afterEach(() => void vi.useRealTimers());

it('a sweep that is armed again after a test with fake timers does not wait for one of them', async () => {
  const checks = new Recorder<string>();
  const sweep = new Sweep(1, () => {
    checks.record('checked');
    return false;
  });
  vi.useFakeTimers();
  sweep.arm();
  vi.useRealTimers();
  sweep.arm();
  expect(await checks.untilCount(1)).toEqual(['checked']);
  sweep.stop();
});
