/** The part of a WebSocket that browsers and `ws` share. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(text: string): void;
  close(): void;
  /** Ends it at once, in Node. */
  terminate?(): void;
}

type SocketClass = new (url: string) => Socket;
type SocketClassWithHeaders = new (url: string, options: { headers: Readonly<Record<string, string>> }) => Socket;

/** Whether sockets take headers: those of `ws` do, and a browser's do not. */
export const takesHeaders = typeof globalThis.process?.versions?.node === 'string';

/** Opens a WebSocket: by the package `ws` in Node, whose own one, if any, takes no headers; else by the browser's. */
export async function openSocket(url: string, headers: Readonly<Record<string, string>>): Promise<Socket> {
  if (!takesHeaders) {
    const Global = (globalThis as unknown as { WebSocket: SocketClass }).WebSocket;
    return new Global(url);
  }
  const { WebSocket } = await import('ws');
  const Socket = WebSocket as unknown as SocketClassWithHeaders;
  return new Socket(url, { headers });
}
