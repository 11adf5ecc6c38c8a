import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** The URL of a request of Node; `null` when it has none, or a host with other parts of a URL in it. */
export function addressOf({ url = '/', headers, socket }: IncomingMessage): string | null {
  // HTTP/2 need not have the header.
  const host = `${headers.host ?? headers[':authority'] ?? 'localhost'}`;
  const scheme = (socket as Partial<TLSSocket> | null)?.encrypted ? 'https' : 'http';
  // As text: the base of a URL would be replaced by a target such as //example.org.
  const address = url.startsWith('/') ? `${scheme}://${host}${url}` : url;
  return URL.canParse(address) && !/[/\\@?#]/.test(host) ? address : null;
}
