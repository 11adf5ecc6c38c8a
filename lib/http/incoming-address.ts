import type { IncomingMessage } from 'node:http';

/** The URL of a request of Node; `null` when it has none, or a host with other parts of a URL in it. */
export function addressOf({ url = '/', headers }: IncomingMessage): string | null {
  const { host = 'localhost' } = headers;
  // As text: the base of a URL would be replaced by a target such as //example.org.
  const address = url.startsWith('/') ? `http://${host}${url}` : url;
  return URL.canParse(address) && !/[/\\@?#]/.test(host) ? address : null;
}
