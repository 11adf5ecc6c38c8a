/** Watches many small blobs, or the znodes that have them, in a process of its own. */
import { DataWatch, ZooKeeperClient } from '../../index.js';
import { BlobStorage } from '../../recipes/blobs/index.js';
import { CallCounter } from '../call-counter.js';
import { now } from '../clock.js';
import { obey } from './obey.js';
import { idOf, manifestOf, sequenceOf } from './small-blobs.js';

/** A command to the process: watches so many blobs, or waits until one has the sequence number. */
export type Watching =
  | { readonly do: 'arm'; readonly how: 'blobs' | 'znodes'; readonly count: number }
  | { readonly do: 'wait'; readonly sequence: number };

/** The cost of arming. */
export interface Armed {
  readonly tookMs: number;
  readonly cpuMs: number;
}

/** By the clock that all processes share. */
export interface Called {
  readonly calledAt: number;
}

const [, , connectString = ''] = process.argv;
const client = await new ZooKeeperClient(connectString).connect();
const storage = new BlobStorage(client);
let counter = new CallCounter(0);
let awaited = -1;
let newest = -1;
let calledAt = 0;
let wake = (): void => {};

function called(watch: number, sequence: number): void {
  counter.called(watch, Buffer.from(`${sequence}`));
  if (sequence <= newest) return;
  newest = sequence;
  calledAt = now();
  if (sequence === awaited) wake();
}

async function arm({ how, count }: Extract<Watching, { do: 'arm' }>): Promise<Armed> {
  counter = new CallCounter(count);
  const startedAt = now();
  const { cpuMs, endedAt } = await counter.until(null, count, () => {
    for (let index = 0; index < count; index += 1) {
      if (how === 'blobs') {
        storage.watch(idOf(index), (file) => called(index, sequenceOf(file?.info?.etag ?? '')), {
          maxIdleTimeout: Infinity,
        });
      } else {
        new DataWatch(client, manifestOf(index), (data) => {
          if (data) called(index, Number(data.toString('latin1', data.indexOf(10) + 1)));
        });
      }
    }
  });
  return { tookMs: endedAt - startedAt, cpuMs };
}

async function wait({ sequence }: Extract<Watching, { do: 'wait' }>): Promise<Called> {
  if (newest < sequence) {
    await new Promise<void>((resolve) => {
      awaited = sequence;
      wake = resolve;
    });
  }
  return { calledAt };
}

obey<Watching>((command) => (command.do === 'arm' ? arm(command) : wait(command)));
