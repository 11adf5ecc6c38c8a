import { WebSocket } from 'ws';
import type { WireBatch, WireError, WireMessage } from '../../recipes/events/index.js';
import { Recorder } from '../../testing/recorder.js';

/** A message of a gateway. */
export type GatewayMessage = Partial<WireBatch> & Partial<WireError>;

/** A socket to a gateway that records what it is sent. */
export class GatewaySocket {
  readonly socket: WebSocket;
  readonly messages = new Recorder<GatewayMessage>();
  /** `open`, an error, or the code of the end. */
  readonly events = new Recorder<string>();

  constructor(url: string, options: { origin?: string; headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws'), options);
    this.socket.on('open', () => this.events.record('open'));
    this.socket.on('message', (data) => this.messages.record(JSON.parse(String(data)) as GatewayMessage));
    this.socket.on('error', (error) => this.events.record(error.message));
    this.socket.on('close', (code) => this.events.record(`closed ${code}`));
  }

  /** A socket that is open. */
  static async open(url: string, options?: { origin?: string; headers?: Record<string, string> }) {
    const socket = new GatewaySocket(url, options);
    await socket.events.untilCount(1);
    return socket;
  }

  /** Subscribes, to everything unless there are filters. */
  subscribe(message: Partial<WireMessage> = {}): void {
    this.send(JSON.stringify({ op: 'subscribe', id: 1, filters: null, ...message }));
  }

  send(text: string | Uint8Array): void {
    this.socket.send(text);
  }

  /** All changes so far, as `type path`. */
  get changes(): string[] {
    return this.messages.items.flatMap(({ changes = [] }) => changes.map(({ type, path }) => `${type} ${path}`));
  }

  /** Resolves once there were so many changes. */
  async untilChanges(count: number): Promise<string[]> {
    await this.messages.until(() => this.changes.length >= count, { describe: `${count} changes` });
    return this.changes;
  }

  async close(): Promise<void> {
    this.socket.terminate();
    await this.events.until((all) => all.some((event) => event.startsWith('closed')));
  }
}
