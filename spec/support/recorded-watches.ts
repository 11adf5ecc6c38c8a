import { ChildrenWatch, type CoordinationClient, DataWatch } from '../../index.js';
import { Recorder } from '../../testing/recorder.js';

/** The calls of a DataWatch as `data event`, and the mzxids that came with them. */
export function recordData(client: CoordinationClient, path: string) {
  const calls = new Recorder<string>();
  const mzxids: bigint[] = [];
  const watch = new DataWatch(client, path, (data, stat, event) => {
    if (stat) mzxids.push(stat.mzxid);
    calls.record(`${data} ${event?.type ?? '-'}`);
  });
  return { watch, calls, mzxids };
}

/** The calls of a ChildrenWatch that waits for its node, as `names event`. */
export function recordChildren(client: CoordinationClient, path: string) {
  const calls = new Recorder<string>();
  const options = { sendEvent: true, waitForNode: true } as const;
  const watch = new ChildrenWatch(
    client,
    path,
    (names, event) => calls.record(`${names} ${event?.type ?? '-'}`),
    options,
  );
  return { watch, calls };
}

/** Whether each came after the one before it. */
export const isStrictlyIncreasing = (zxids: readonly bigint[]): boolean =>
  zxids.every((zxid, index) => index === 0 || zxid > (zxids[index - 1] as bigint));
