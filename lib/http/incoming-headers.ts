import type { IncomingHttpHeaders } from 'node:http';

/** The headers of a request of Node, without those that HTTP/2 has in place of a request line. */
export function toHeaders(headers: IncomingHttpHeaders): Headers {
  const list = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(':')) for (const each of [value ?? []].flat()) list.append(name, each);
  }
  return list;
}
