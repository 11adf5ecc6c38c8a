import { describe, expect, it, vi } from 'vitest';
import { COMMAND } from '../../../lib/cli/limits.js';
import { inPieces, jsonLine, print } from '../../../lib/cli/output.js';
import { printState } from '../../../lib/cli/states.js';
import { printDiagnostic } from '../../../lib/cli/stderr.js';
import { replaceProperty } from '../../../testing/replace-property.js';

async function piecesOf(parts: Iterable<Buffer | string>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of inPieces(parts)) pieces.push(String(piece));
  return pieces;
}

describe('the pieces of an output', () => {
  it('have all parts in their order, whether lines or data', async () => {
    expect(await piecesOf(['a\n', 'b\n', Buffer.from('data'), 'c\n'])).toEqual(['a\nb\n', 'data', 'c\n']);
    expect(await piecesOf([])).toEqual([]);
    expect(await piecesOf([Buffer.from('data')])).toEqual(['data']);
  });

  it('are bounded, but for a single line that is longer', async () => {
    const line = `${'x'.repeat(COMMAND.pieceLength / 4)}\n`;
    const long = 'y'.repeat(2 * COMMAND.pieceLength);
    const pieces = await piecesOf([line, line, line, line, line, long]);
    expect(pieces.map(({ length }) => length)).toEqual([4 * line.length, line.length + long.length]);
    expect(pieces.join('')).toBe(line.repeat(5) + long);
  });

  it('are made only as they are taken, with a turn of the event loop between them', async () => {
    let made = 0;
    function* lines() {
      for (; made < 10; made += 1) yield 'x'.repeat(COMMAND.pieceLength);
    }
    const pieces = inPieces(lines());
    await pieces.next();
    expect(made).toBe(0);
    let hasTurned = false;
    setImmediate(() => {
      hasTurned = true;
    });
    await pieces.next();
    expect({ made, hasTurned }).toEqual({ made: 1, hasTurned: true });
  });
});

describe('signs that a terminal obeys', () => {
  const EVIL = 'a\x1b[31m\u009b0m\x07\x00\r\tb\r\nc\n';
  const SHOWN = 'a\\u001b[31m\\u009b0m\\u0007\\u0000\\u000d\tb\r\nc\n';

  async function printed(isTTY: boolean, action: () => unknown): Promise<string[]> {
    const texts: string[] = [];
    const restore = replaceProperty(process.stdout, 'isTTY', isTTY);
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation(((text: Buffer | string, done?: () => void) => {
        texts.push(String(text));
        done?.();
        return true;
      }) as typeof stream.write),
    );
    await action();
    for (const spy of spies) spy.mockRestore();
    restore();
    return texts;
  }

  it.each([EVIL, Buffer.from(EVIL)])('are shown on a terminal, and are as they are elsewhere', async (data) => {
    expect(await printed(true, () => print(data))).toEqual([SHOWN]);
    expect(await printed(false, () => print(data))).toEqual([EVIL]);
  });

  it('are shown on stderr, but for the colours of a state', async () => {
    expect(await printed(false, () => printDiagnostic(EVIL))).toEqual([`zk-recipes: ${SHOWN}\n`]);
    const restore = replaceProperty(process, 'env', { FORCE_COLOR: '1' });
    const [line] = await printed(false, () => printState('lost'));
    restore();
    expect(line?.slice(line.indexOf('Z '))).toBe('Z \x1b[31mlost\x1b[0m\n');
  });

  it('and line separators are escaped in JSON', () => {
    const line = jsonLine({ data: `${EVIL}\u2028\u2029\u0085` });
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}](?!$)/u);
    expect(JSON.parse(line)).toEqual({ data: `${EVIL}\u2028\u2029\u0085` });
  });
});
