import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HTTP } from '../../../lib/http/limits.js';
import { bodyOf, textOf } from '../../../lib/http/request-body.js';
import { rejectionOf } from '../../support/rejection.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function request(body: ReadableStream | string, headers: Record<string, string> = {}): Request {
  return new Request('http://h/', { method: 'PUT', body, headers, duplex: 'half' } as RequestInit);
}

describe('a body', () => {
  it('of which nothing comes for a while is refused, and let go', async () => {
    let isCancelled = false;
    const silent = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const rejection = rejectionOf(textOf(request(silent), 10));
    await vi.advanceTimersByTimeAsync(HTTP.bodyIdle / 2);
    expect(isCancelled).toBe(false);
    await vi.advanceTimersByTimeAsync(HTTP.bodyIdle);
    expect(await rejection).toMatchObject({ status: 408 });
    expect([isCancelled, vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('that was read leaves no timer behind', async () => {
    expect(await textOf(request('text'), 10)).toBe('text');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that comes slowly is taken', async () => {
    let pieces = 0;
    const slow = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, HTTP.bodyIdle * 0.7));
        pieces += 1;
        if (pieces > 4) controller.close();
        else controller.enqueue(new TextEncoder().encode('x'));
      },
    });
    const text = textOf(request(slow), 10);
    await vi.advanceTimersByTimeAsync(HTTP.bodyIdle * 5);
    expect(await text).toBe('xxxx');
  });

  it('that trickles is refused in the end, and let go', async () => {
    let isCancelled = false;
    const trickle = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, HTTP.bodyIdle * 0.9));
        controller.enqueue(new Uint8Array(1));
      },
      cancel: () => {
        isCancelled = true;
      },
    });
    const rejection = rejectionOf(textOf(request(trickle), 1_000_000));
    await vi.advanceTimersByTimeAsync(HTTP.bodyWithin - 1_000);
    expect(isCancelled).toBe(false);
    await vi.advanceTimersByTimeAsync(HTTP.bodyIdle);
    expect(await rejection).toMatchObject({ status: 408 });
    await vi.advanceTimersByTimeAsync(HTTP.bodyIdle);
    expect([isCancelled, vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('of which a storage takes long to write the pieces is not refused for it', async () => {
    const pieces = ['h', 'e', 'l', 'l', 'o'];
    const body = new ReadableStream({
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(piece));
      },
    });
    let text = '';
    const taken = (async () => {
      for await (const piece of bodyOf(request(body))) {
        text += new TextDecoder().decode(piece);
        await new Promise((resolve) => setTimeout(resolve, HTTP.bodyWithin));
      }
    })();
    taken.catch(() => {});
    await vi.advanceTimersByTimeAsync(6 * HTTP.bodyWithin);
    await taken;
    expect(text).toBe('hello');
  });

  it('is as long as it says, and as is allowed', async () => {
    const lengths: Record<string, number | null> = { '5': null, '4': 400, '6': 400, '11': 413, x: 400 };
    for (const [length, status] of Object.entries(lengths)) {
      const result = textOf(request('hello', { 'content-length': length }), 10).catch((error) => error);
      if (status === null) expect(await result).toBe('hello');
      else expect([length, await result]).toMatchObject([length, { status }]);
    }
    expect(await rejectionOf(textOf(request('hello'), 4))).toMatchObject({ status: 413 });
    expect(await textOf(request(''), 0)).toBe('');
  });

  it('is let go when its consumer leaves it', async () => {
    let isCancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: () => {
        isCancelled = true;
      },
    });
    for await (const _ of bodyOf(request(endless))) break;
    await vi.advanceTimersByTimeAsync(0);
    expect(isCancelled).toBe(true);
  });
});
