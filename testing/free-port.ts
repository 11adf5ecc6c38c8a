import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ephemeral range: no outgoing connection can take the port while its server is down for a while.
const LOWEST = 10_000;
const HIGHEST = 30_000;
// Each worker of a test run has ports of its own, so that no other worker takes the port of a server that is down.
const WORKERS = 20;
const PORTS_PER_WORKER = (HIGHEST - LOWEST) / WORKERS;
// A run that another run starts has workers with the same numbers.
const FIRST_WORKER = Number(process.env.SPEC_FIRST_WORKER ?? 0);
const WORKER = FIRST_WORKER + Number(process.env.VITEST_POOL_ID ?? process.pid);
const LOWEST_OF_WORKER = LOWEST + (WORKER % WORKERS) * PORTS_PER_WORKER;

const given = new Set<number>();

/** A TCP port that is free now and that this process has not been given before. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = LOWEST_OF_WORKER + Math.floor(Math.random() * PORTS_PER_WORKER);
    if (given.has(port) || !(await isFree(port, host))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`No free port on ${host}`);
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    server.close();
  }
}
