import { connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { scaled } from './time-factor.js';

/**
 * Asks a ZooKeeper server one of its four-letter words ("srvr", "cons", "wchp", ...) and gives its answer.
 *
 * @param tls for a port with TLS
 */
export function fourLetterWord(port: number, word: string, within = 5_000, tls?: ConnectionOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const place = { port, host: '127.0.0.1' };
    const socket = tls ? connectTls({ ...tls, ...place }) : connect(place);
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy(new Error(`No answer to "${word}" from port ${port} within ${scaled(within)} ms`));
    }, scaled(within));
    socket.on(tls ? 'secureConnect' : 'connect', () => socket.write(word));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    socket.on('error', reject);
    socket.on('close', () => clearTimeout(timer));
  });
}
