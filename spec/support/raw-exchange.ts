import { connect } from 'node:net';

/**
 * Sends bytes as they are, and resolves with all that comes back until the connection ends.
 *
 * @param isLast whether the connection is ended behind them
 */
export async function rawExchange(port: number, text: string, isLast = false): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  if (isLast) socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}
