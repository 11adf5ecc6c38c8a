import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { atExit } from './at-exit.js';

const SCRIPT = `
  const [host, port] = process.argv.slice(1);
  require('node:net').createServer().listen({ host, port: Number(port), backlog: 1 }, () => {
    require('node:fs').writeSync(1, 'listening');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;
/** A connection that is not there after so many ms is not accepted any more. */
const PATIENCE = 300;

/** Lets a port ignore connections, as a host that is not there and whose packets are dropped. Returns its end. */
export async function ignoreConnections(host: string, port: number): Promise<() => void> {
  const child = spawn(process.execPath, ['-e', SCRIPT, host, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets: Socket[] = [];
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
  };
  const forget = atExit(end);
  await once(child.stdout, 'data');
  // The kernel accepts as many as its queue takes.
  for (let isAccepted = true; isAccepted; ) {
    const socket = connect({ host, port });
    socket.on('error', () => {});
    sockets.push(socket);
    isAccepted = await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
  return () => {
    forget();
    end();
  };
}
