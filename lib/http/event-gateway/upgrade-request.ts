import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { addressOf } from '../incoming-address.js';
import { toHeaders } from '../incoming-headers.js';

/** Whether a request is for a gateway, wherever it is mounted. */
export function isEventsPath(url: string): boolean {
  const [path = ''] = url.split('?');
  return /(^|\/)events$/.test(path);
}

/** The request of an upgrade, as handlers have it; `null` when it has no valid address. */
export function toRequest(incoming: IncomingMessage): Request | null {
  const address = addressOf(incoming);
  if (address === null) return null;
  try {
    return new Request(address, { headers: toHeaders(incoming.headers) });
  } catch {
    // An error that a client can cause would end the process here.
    return null;
  }
}

/** The same request with the credentials that a page sent in a message, as its sockets have no headers. */
export function withAuthorization(request: Request, authorization: string | undefined): Request {
  if (authorization === undefined || request.headers.has('authorization')) return request;
  const headers = new Headers(request.headers);
  headers.set('authorization', authorization);
  return new Request(request, { headers });
}

/** Answers an upgrade with an error. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}
