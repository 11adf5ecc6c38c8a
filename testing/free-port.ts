import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';

// Below the ephemeral range: no outgoing connection can take the port while its server is down for a while.
const LOWEST = 10_000;
const HIGHEST = 30_000;

/** Holds a file for each port that a process was given, with the number of that process. */
const GIVEN = join(tmpdir(), `spec-ports-${process.getuid?.() ?? 'all'}`);

const givenHere = new Set<string>();

/** A TCP port that is free now and that no process of any run was given before and may still use. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (takes(port) && (await isFree(port, host))) return port;
  }
  throw new Error(`No free port on ${host}`);
}

/** Takes the port for this process until its end, unless another one has it. */
function takes(port: number): boolean {
  const file = join(GIVEN, String(port));
  mkdirSync(GIVEN, { recursive: true });
  if (isLeftBehind(file)) rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  if (givenHere.size === 0) atExit(giveBack);
  givenHere.add(file);
  return true;
}

/** Whether the process has ended that the file names. One that was just made is still empty. */
function isLeftBehind(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function giveBack(): void {
  for (const file of givenHere) rmSync(file, { force: true });
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
