import { onAbort } from '../../lib/core/abort.js';
import { Deadline } from '../../lib/core/deadline.js';
import { reasonOf } from '../../lib/core/reason.js';
import { lost, refusal, unreachable } from './gateway-error.js';
import { REMOTE } from './limits.js';
import { parseJson } from './parse-json.js';
import type { Address, LinkOwner } from './socket-link.js';

/**
 * Asks a gateway once for changes, and for the rest of them. Resolves once the owner has everything.
 *
 * @param wait how long the gateway may wait for a change, in ms
 * @throws the error of a refusal, or of a gateway that cannot be reached. After an abort any error.
 */
export async function poll({ url, headers }: Address, owner: LinkOwner, wait: number, signal: AbortSignal) {
  for (let isContinued = false; ; isContinued = true) {
    const body = JSON.stringify({ ...owner.toRequest(isContinued), wait });
    const [status, text] = await send(url, { ...headers, 'content-type': 'application/json' }, body, wait, signal);
    const message = parse(text);
    if (status !== 200) {
      const { message: reason } = (message?.error ?? {}) as { message?: unknown };
      // Whatever answers for a gateway that is down does not do it in a gateway's words.
      const toError = message?.error ? lost : unreachable;
      throw refusal(url, status, reason) ?? toError(url, `answers with status ${status}`);
    }
    if (!message) throw lost(url, 'has sent what is no message');
    let isComplete: boolean;
    try {
      isComplete = owner.receive(message);
    } catch (error) {
      throw lost(url, `has sent what is no message: ${reasonOf(error)}`, error);
    }
    if (!isComplete) continue;
    owner.isUp('poll');
    return;
  }
}

async function send(url: string, headers: Record<string, string>, body: string, wait: number, signal: AbortSignal) {
  const aborting = new AbortController();
  const letGo = onAbort(signal, () => aborting.abort());
  const deadline = new Deadline(wait + REMOTE.answerWithin, () => aborting.abort());
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: aborting.signal });
    return [response.status, await response.text()] as const;
  } catch (error) {
    throw unreachable(
      url,
      `cannot be reached: ${reasonOf(error instanceof Error && error.cause ? error.cause : error)}`,
      error,
    );
  } finally {
    deadline.cancel();
    letGo();
  }
}

function parse(text: string): Record<string, unknown> | null {
  const value = parseJson(text);
  return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
}
