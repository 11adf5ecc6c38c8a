/** Many long polls from a process of its own, by as little code as possible: its time must not be the server's. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { now } from '../clock.js';
import { obey } from './obey.js';

/** A command to the process. */
export type Polling =
  | { readonly do: 'open'; readonly port: number; readonly count: number }
  /** Sends a request at each connection. */
  | { readonly do: 'hold' }
  | { readonly do: 'poll' }
  /** Waits until each was answered. */
  | { readonly do: 'collect' };

/** When each request was answered, by the clock that all processes share. */
export interface Collected {
  readonly at: readonly number[];
  /** Those with a change. */
  readonly changes: number;
}

const HEAD_END = '\r\n\r\n';

/** One connection. */
class Poller {
  readonly #socket: Socket;
  readonly #onAnswer: (at: number, hasChange: boolean) => void;
  #text = '';
  #query = '';

  constructor(socket: Socket, onAnswer: (at: number, hasChange: boolean) => void) {
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('data', (text) => this.#received(`${text}`));
  }

  get(path: string): void {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  }

  poll(): void {
    this.get(`/watch?prefix=${this.#query}`);
  }

  #received(text: string): void {
    this.#text += text;
    const end = this.#text.indexOf(HEAD_END);
    if (end === -1) return;
    const at = now();
    const body = bodyOf(this.#text.slice(0, end), this.#text.slice(end + HEAD_END.length));
    if (body === null) return;
    this.#text = '';
    const { position, cursor, changes } = JSON.parse(body) as { position: string; cursor: string; changes: unknown[] };
    this.#query = `&since=${position}&cursor=${cursor}`;
    this.#onAnswer(at, changes.length > 0);
  }
}

/** `null` while it is not complete. */
function bodyOf(head: string, rest: string): string | null {
  const [, length] = /^content-length: (\d+)/im.exec(head) ?? [];
  if (length !== undefined) return rest.length < Number(length) ? null : rest.slice(0, Number(length));
  if (!rest.endsWith('0\r\n\r\n')) return null;
  let body = '';
  for (let at = 0; ; ) {
    const end = rest.indexOf('\r\n', at);
    const size = Number.parseInt(rest.slice(at, end), 16);
    if (size === 0) return body;
    body += rest.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

let pollers: Poller[] = [];
let at: number[] = [];
let changes = 0;
let onLast = (): void => {};

function answered(answeredAt: number, hasChange: boolean): void {
  at.push(answeredAt);
  if (hasChange) changes += 1;
  if (at.length === pollers.length) onLast();
}

async function open({ port, count }: Extract<Polling, { do: 'open' }>): Promise<object> {
  pollers = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return new Poller(socket, answered);
    }),
  );
  return {};
}

async function collect(): Promise<Collected> {
  if (at.length < pollers.length) {
    await new Promise<void>((resolve) => {
      onLast = resolve;
    });
  }
  const collected = { at, changes };
  [at, changes] = [[], 0];
  return collected;
}

obey<Polling>((command) => {
  if (command.do === 'open') return open(command);
  if (command.do === 'collect') return collect();
  for (const poller of pollers) {
    if (command.do === 'poll') poller.poll();
    else poller.get('/held');
  }
  return {};
});
