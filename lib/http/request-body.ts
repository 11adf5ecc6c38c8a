import { Deadline } from '../core/deadline.js';
import { HTTP } from './limits.js';

/** Why a body was not taken, with the status that says so. */
export class RefusedBody extends Error {
  readonly status: 400 | 408 | 413 | 415;

  constructor(status: 400 | 408 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** The length that a request says its body has; `null` when it does not. Throws for what is no length. */
export function lengthOf({ headers }: Request): number | null {
  const text = headers.get('content-length');
  if (text === null) return null;
  if (!/^\d{1,15}$/.test(text)) throw new RefusedBody(400, 'content-length is no length');
  return Number(text);
}

/**
 * The body of a request, piece by piece. Throws when it is longer than allowed, not as long as the request says, or
 * does not come in time.
 *
 * @param most bytes
 */
export async function* bodyOf(request: Request, most = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array, void> {
  const said = lengthOf(request);
  if (said !== null && said > most) throw new RefusedBody(413, `the body must have at most ${most} bytes`);
  let length = 0;
  /** Without the time that its consumer takes. */
  let waited = 0;
  const reader = request.body?.getReader();
  try {
    for (;;) {
      const begun = performance.now();
      const { done, value } = reader ? await inTime(reader.read()) : { done: true, value: undefined };
      // No more, however long the process was stopped.
      waited += Math.min(performance.now() - begun, HTTP.bodyIdle);
      if (waited >= HTTP.bodyWithin) throw new RefusedBody(408, 'the body comes too slowly');
      length += value?.byteLength ?? 0;
      if (length > most) throw new RefusedBody(413, `the body must have at most ${most} bytes`);
      if (said !== null && (done ? length !== said : length > said))
        throw new RefusedBody(400, 'the body is not as long as content-length says');
      if (done || !value) return;
      yield value;
    }
  } finally {
    // Also when its consumer has left it.
    reader?.cancel().catch(() => {});
  }
}

/** The same, as text. */
export async function textOf(request: Request, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of bodyOf(request, most)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = new Deadline(HTTP.bodyIdle, () => reject(new RefusedBody(408, 'the body does not come')));
    promise.then(resolve, reject).finally(() => deadline.cancel());
  });
}
