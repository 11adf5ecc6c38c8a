import { describe, expect, it } from 'vitest';
import { COMMAND } from '../../../lib/cli/limits.js';
import { inPieces } from '../../../lib/cli/output.js';

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
