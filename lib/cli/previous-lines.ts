import { isUtf8 } from 'node:buffer';

export const NEWLINE = Buffer.from('\n');

/** The lines of the value before, each after a minus, and those of the value now, each after a plus. */
export function differences(before: Buffer | null, now: Buffer | null): string[] | null {
  return orNull([...signed('-', before), ...signed('+', now)]);
}

/** The names that have gone, each after a minus, and those that have come, each after a plus. */
export function differentNames(before: readonly string[], now: readonly string[]): string[] | null {
  const [old, present] = [new Set(before), new Set(now)];
  return orNull([
    ...before.filter((name) => !present.has(name)).map((name) => `- ${name}\n`),
    ...now.filter((name) => !old.has(name)).map((name) => `+ ${name}\n`),
  ]);
}

/** Other data than text is shown in base64. */
function signed(sign: string, data: Buffer | null): string[] {
  if (data === null) return [];
  const text = isUtf8(data) ? data.toString() : data.toString('base64');
  return text.split('\n').map((line) => `${sign} ${line}\n`);
}

function orNull(lines: string[]): string[] | null {
  return lines.length === 0 ? null : lines;
}
