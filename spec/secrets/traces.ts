import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { onTestFinished } from 'vitest';
import { TRACES } from './shapes.js';

/** The ways in which a program prints a value. */
function printed(value: unknown): string[] {
  const texts = [inspect(value, { depth: 8, maxArrayLength: 1_000, maxStringLength: 100_000, getters: true })];
  try {
    texts.push(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)) ?? '');
  } catch {
    // A circle of references has no JSON.
  }
  return texts;
}

function ofError(error: Error & { readonly errors?: unknown }): string[] {
  const { message, stack = '', name } = error;
  const deeper = [error.cause, ...(Array.isArray(error.errors) ? error.errors : [])];
  return [name, message, stack, String(error), ...deeper.flatMap(textsOf)];
}

/** All that a value says: for an error, also what its causes say. */
function textsOf(value: unknown): string[] {
  return value instanceof Error ? [...ofError(value), ...printed(value)] : printed(value);
}

/** The excerpts of a value's texts that betray the secret. */
export function tracesIn(value: unknown): string[] {
  return textsOf(value).flatMap((text) =>
    TRACES.flatMap((trace) => {
      const at = text.indexOf(trace);
      return at < 0 ? [] : [text.slice(Math.max(0, at - 80), at + 60)];
    }),
  );
}

const CHANNELS = [
  'zk-recipes:client:state',
  'zk-recipes:watch:stop',
  'zk-recipes:watch:resynced',
  ...['start', 'end', 'asyncStart', 'asyncEnd', 'error'].flatMap((phase) => [
    `tracing:zk-recipes:watch:read:${phase}`,
    `tracing:zk-recipes:watch:deliver:${phase}`,
  ]),
];

/** Collects all that the library publishes and prints until the test ends. */
export function overheard(): unknown[] {
  const heard: unknown[] = [];
  for (const name of CHANNELS) {
    const listen = (message: unknown): void => void heard.push(message);
    channel(name).subscribe(listen);
    onTestFinished(() => void channel(name).unsubscribe(listen));
  }
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
    const original = console[method];
    console[method] = (...parts: unknown[]) => void heard.push(parts);
    onTestFinished(() => {
      console[method] = original;
    });
  }
  return heard;
}
