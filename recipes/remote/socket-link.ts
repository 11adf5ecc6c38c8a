import { Deadline } from '../../lib/core/deadline.js';
import { reasonOf } from '../../lib/core/reason.js';
import type { WireMessage, WireRequest } from '../events/index.js';
import { lost, refusal } from './gateway-error.js';
import { REMOTE } from './limits.js';
import { openSocket, type Socket, takesHeaders } from './open-socket.js';

/** The owner of a link. */
export interface LinkOwner {
  toRequest(isContinued?: boolean): WireRequest;
  /** Takes a batch; throws when it is none. Returns whether everything up to its position is there. */
  receive(value: Record<string, unknown>): boolean;
  /** The link has brought the owner up to date for the first time. */
  isUp(transport: 'websocket' | 'poll'): void;
}

/** Where a gateway is, and how it is asked. */
export interface Address {
  /** Of polls: http or https. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a socket has ended. */
export interface SocketEnd {
  /** Whether it had brought its owner up to date. */
  readonly wasUp: boolean;
  readonly error: Error;
}

/** Whether sockets can be used: those of a browser take no header but this one, which goes into a message. */
export function hasSockets({ headers }: Address): boolean {
  if (takesHeaders) return true;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  return typeof (globalThis as { WebSocket?: unknown }).WebSocket === 'function' && names.every(isAuthorization);
}

function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization';
}

/** One WebSocket, from its opening to its end. */
export class SocketLink {
  readonly #address: Address;
  readonly #owner: LinkOwner;
  readonly #onEnd: (end: SocketEnd) => void;
  #socket: Socket | undefined;
  #isOpen = false;
  #isOver = false;
  #wasUp = false;
  #id = 0;
  /** The newest subscription that was answered: nothing else is a sign of life of a newer one. */
  #answered = 0;
  #silence: Deadline | undefined;

  constructor(address: Address, owner: LinkOwner, onEnd: (end: SocketEnd) => void) {
    this.#address = address;
    this.#owner = owner;
    this.#onEnd = onEnd;
    this.#wait(REMOTE.openWithin);
    const url = address.url.replace(/^http/, 'ws');
    openSocket(url, address.headers).then(
      (socket) => this.#opened(socket),
      (error: unknown) => this.#end(this.#lost(`cannot be reached: ${reasonOf(error)}`, error)),
    );
  }

  /** Subscribes again, as the filters have changed. */
  subscribe(): void {
    if (!this.#isOpen || this.#isOver) return;
    this.#id += 1;
    const message: WireMessage = { op: 'subscribe', id: this.#id, ...this.#owner.toRequest() };
    const authorization = Object.entries(this.#address.headers).find(([name]) => isAuthorization(name))?.[1];
    this.#socket?.send(
      JSON.stringify({ ...message, ...(!takesHeaders && authorization !== undefined && { authorization }) }),
    );
  }

  /** The socket is not needed any more, or known to be dead. */
  end(reason = 'was left'): void {
    this.#end(this.#lost(reason));
  }

  #opened(socket: Socket): void {
    this.#socket = socket;
    // Also after the end: an error that nobody hears would end the process.
    let failure = '';
    socket.onerror = ({ message }) => {
      failure = message ? `: ${message}` : '';
    };
    socket.onclose = ({ code }) => this.#end(this.#lost(`has ended the socket (${code})${failure}`));
    if (this.#isOver) return leave(socket);
    socket.onopen = () => {
      this.#isOpen = true;
      this.subscribe();
    };
    socket.onmessage = ({ data }) => {
      if (!this.#isOver) this.#took(data);
    };
  }

  #took(data: unknown): void {
    try {
      const message: unknown = JSON.parse(String(data));
      if (typeof message !== 'object' || message === null) throw new TypeError('a message is no object');
      this.#handle(message as Record<string, unknown>);
    } catch (error) {
      this.#end(this.#lost(`has sent what is no message: ${reasonOf(error)}`, error));
    }
  }

  #handle(message: Record<string, unknown>): void {
    if (this.#answered === this.#id) this.#wait(REMOTE.silentAfter);
    const { id, error } = message;
    if (error !== undefined) return this.#refused(error);
    // Of a subscription that another one has replaced, or a sign of life.
    if (id !== this.#id) return;
    this.#answered = id;
    this.#wait(REMOTE.silentAfter);
    const isComplete = this.#owner.receive(message);
    if (!isComplete || this.#wasUp) return;
    this.#wasUp = true;
    this.#owner.isUp('websocket');
  }

  #refused(error: unknown): void {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    const refused = refusal(this.#address.url, String(code), message);
    this.#end(refused ?? this.#lost(`refuses the subscription for now: ${String(message)}`));
  }

  /** Something has to come within this time. */
  #wait(ms: number): void {
    this.#silence?.cancel();
    this.#silence = new Deadline(ms, () => this.#end(this.#lost('is silent')));
  }

  #lost(reason: string, cause?: unknown): Error {
    return lost(this.#address.url, reason, cause);
  }

  #end(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#silence?.cancel();
    if (this.#socket) leave(this.#socket);
    this.#onEnd({ wasUp: this.#wasUp, error });
  }
}

/** A gateway that is gone would not answer a close, and its socket keep the process alive. */
function leave(socket: Socket): void {
  if (socket.terminate) socket.terminate();
  else socket.close();
}
