/** Many WebSockets that subscribe to every change, in a process of its own. */
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { WebSocket } from 'ws';
import { obey } from './obey.js';

/** A command to the process. */
export type Listening =
  | { readonly do: 'open'; readonly port: number; readonly count: number }
  /** Answers with what came since the last answer. */
  | { readonly do: 'report' };

/** The sum of all sockets. */
export interface Heard {
  readonly messages: number;
  readonly changes: number;
  readonly bytes: number;
  /** Sockets that have ended. */
  readonly ended: number;
}

const AT_ONCE = 50;
// It gets the time that the server and the writer leave: what it does not read is coalesced.
setPriority(constants.priority.PRIORITY_LOW);

let heard = { messages: 0, changes: 0, bytes: 0, ended: 0 };

async function open(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/events`, { perMessageDeflate: false });
  socket.on('close', () => {
    heard.ended += 1;
  });
  socket.on('message', (data: Buffer) => took(data));
  await once(socket, 'open');
  socket.send(JSON.stringify({ op: 'subscribe', id: 1 }));
  await once(socket, 'message');
}

/** Counts without a parser, which would take more time than the server has. */
function took(data: Buffer): void {
  heard.messages += 1;
  heard.bytes += data.length;
  for (let at = data.indexOf('"type":'); at !== -1; at = data.indexOf('"type":', at + 7)) heard.changes += 1;
}

function report(): Heard {
  const last = heard;
  heard = { messages: 0, changes: 0, bytes: 0, ended: 0 };
  return last;
}

obey<Listening>(async (command) => {
  if (command.do === 'report') return report();
  for (let opened = 0; opened < command.count; opened += AT_ONCE) {
    const together = Math.min(AT_ONCE, command.count - opened);
    await Promise.all(Array.from({ length: together }, () => open(command.port)));
  }
  return {};
});
