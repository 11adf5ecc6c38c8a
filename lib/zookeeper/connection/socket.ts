import { connect, type Socket } from 'node:net';
import type { ConnectionOptions, Connector } from './connection.js';
import { WireProtocol } from './wire-protocol.js';

/** Opens a connection over TCP. */
export const connectTcp: Connector = (options, handlers) =>
  new WireProtocol(openSocket(options.server), 'connect', options, handlers);

function openSocket({ host, port, address = host }: ConnectionOptions['server']): Socket {
  return connect({ host: address, port, noDelay: true });
}
