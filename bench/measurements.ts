import { fanOut, latency, sharedThroughput, throughput } from './measurements/changes.js';
import { children, patience } from './measurements/children.js';
import type { Measurement } from './measurements/measurement.js';
import { expiry, recovery } from './measurements/recovery.js';
import { arming, idle } from './measurements/standing.js';

/** By the name that it is asked for with. */
export const MEASUREMENTS: ReadonlyMap<string, Measurement> = new Map<string, Measurement>(
  Object.entries({
    latency,
    throughput,
    'shared-throughput': sharedThroughput,
    'fan-out': fanOut,
    arming,
    recovery,
    expiry,
    children,
    patience,
    idle,
  }),
);
