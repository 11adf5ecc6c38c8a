import { connect } from 'node:net';
import { WIRE } from '../../core/limits.js';
import type { Connector } from './connection.js';
import { readInSlices } from './read-in-slices.js';
import type { SaslMechanism } from './sasl/sasl-mechanism.js';
import { TlsConnection } from './tls-connection.js';
import type { TlsSource } from './tls-source.js';
import { WireProtocol } from './wire-protocol.js';

/** How connections are secured. */
export interface Transport {
  readonly tls?: TlsSource | undefined;
  readonly sasl?: SaslMechanism | undefined;
}

/** Opens connections over TCP, or over TLS. */
export function connectorOver({ tls, sasl }: Transport): Connector {
  if (tls) return (options, handlers) => new TlsConnection(tls, sasl, options, handlers);
  return (options, handlers) => {
    const { host, port, address = host } = options.server;
    // One buffer for all that arrives: the stream would take a new one for each chunk.
    const onread = {
      buffer: Buffer.allocUnsafeSlow(WIRE.readAtOnce),
      callback: (length: number, bytes: Uint8Array): boolean => {
        const take = (): void => protocol.received((bytes as Buffer).subarray(0, length));
        // Behind a shorter one, nothing more is read in this turn of the event loop.
        if (length < WIRE.readAtOnce) take();
        else readInSlices(socket, take);
        return true;
      },
    };
    const socket = connect({ host: address, port, noDelay: true, onread });
    const protocol = new WireProtocol(socket, 'connect', options, handlers, sasl);
    return protocol;
  };
}

/** Opens a connection over TCP, without SASL. */
export const connectTcp: Connector = connectorOver({});
