import { hex } from '../hex.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { Database } from '../tree/database.js';
import type { Statistics } from './statistics.js';

/** A connection, as the words report it. */
interface ReportedConnection {
  readonly remote: string;
  readonly session: ServerSession | null;
  readonly sessionTimeout: number;
  readonly received: number;
  readonly sent: number;
}

/** The state of a server that the words report. */
interface ReportedServer {
  readonly database: Database;
  readonly connections: ReadonlySet<ReportedConnection>;
  readonly statistics: Statistics;
}

/** The version of ZooKeeper that the embedded server behaves like. */
const VERSION = '3.8.0-zk-recipes-embedded';

const WORDS: Readonly<Record<string, (server: ReportedServer) => string>> = {
  ruok: () => 'imok',
  isro: () => 'rw',
  srvr: (server) => `Zookeeper version: ${VERSION}\n${summary(server)}`,
  stat: (server) => `Zookeeper version: ${VERSION}\nClients:\n${connections(server)}\n${summary(server)}`,
  cons: (server) => `${connections(server)}\n`,
  mntr,
  envi: () => lines({ 'zookeeper.version': VERSION, 'java.version': '', 'node.version': process.version }, '='),
  wchs,
  wchp: ({ database }) => {
    const text = [...database.watches.data.paths].map(([path, modes]) => `${path}\n${sessions(modes.keys())}`);
    return `${text.join('')}\n`;
  },
  dump,
};

const TEXT_OF_NUMBER = new Map(Object.keys(WORDS).map((word) => [Buffer.from(word).readInt32BE(0), word]));

/** The answer to a four-letter word, given as the number that its letters encode; `null` for other numbers. */
export function fourLetterWord(number: number, server: ReportedServer): string | null {
  const word = TEXT_OF_NUMBER.get(number);
  return (word !== undefined && WORDS[word]?.(server)) || null;
}

function lines(values: Readonly<Record<string, unknown>>, separator: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}${separator}${value}\n`)
    .join('');
}

function numbers({ database, connections, statistics }: ReportedServer): {
  received: number;
  sent: number;
  zxid: string;
  nodes: number;
  alive: number;
} {
  let { sent } = statistics;
  for (const connection of connections) sent += connection.sent;
  const { lastZxid, tree } = database;
  // ZooKeeper counts the root twice: it has the empty path too.
  const nodes = tree.size + 1;
  return { received: statistics.received, sent, zxid: hex(lastZxid), nodes, alive: connections.size };
}

function summary(server: ReportedServer): string {
  const { received, sent, zxid, nodes, alive } = numbers(server);
  const values = {
    Received: received,
    Sent: sent,
    Connections: alive,
    Outstanding: 0,
    Zxid: zxid,
    Mode: 'standalone',
    'Node count': nodes,
  };
  return lines(values, ': ');
}

function connections(server: ReportedServer): string {
  return [...server.connections].map((connection) => ` ${describe(connection)}\n`).join('');
}

function describe({ remote, session, sessionTimeout, received, sent }: ReportedConnection): string {
  const about = session ? `,sid=${hex(session.id)},to=${sessionTimeout}` : '';
  return `/${remote}[1](queued=0,recved=${received},sent=${sent}${about})`;
}

function mntr(server: ReportedServer): string {
  const { database, statistics } = server;
  const { received, sent, nodes, alive } = numbers(server);
  const values = {
    zk_version: VERSION,
    zk_server_state: 'standalone',
    zk_packets_received: received,
    zk_packets_sent: sent,
    zk_num_alive_connections: alive,
    zk_outstanding_requests: 0,
    zk_znode_count: nodes,
    zk_watch_count: database.watches.size,
    zk_ephemerals_count: database.tree.ephemeralCount,
    zk_approximate_data_size: database.tree.dataSize,
    zk_global_sessions: database.sessions.size,
    zk_uptime: Math.round(performance.now() - statistics.startedAt),
  };
  return lines(values, '\t');
}

function wchs({ database }: ReportedServer): string {
  const { targets, paths, size } = database.watches.data;
  return `${targets.size} connections watching ${paths.size} paths\nTotal watches:${size}\n`;
}

function sessions(targets: Iterable<object>): string {
  return [...targets].map((target) => `\t${hex((target as ReportedConnection).session?.id ?? 0n)}\n`).join('');
}

function dump({ database }: ReportedServer): string {
  const all = [...database.sessions.values()].map(({ id, timeout }) => `${hex(id)}\t${timeout}ms\n`);
  const owners = [...database.tree.sessionsWithEphemerals()];
  const owned = owners.map(([id, paths]) => `${hex(id)}:\n${[...paths].map((path) => `\t${path}\n`).join('')}`);
  return [
    `SessionTracker dump:\nGlobal Sessions(${all.length}):\n${all.join('')}`,
    `ephemeral nodes dump:\nSessions with Ephemerals (${owners.length}):\n${owned.join('')}`,
    `Connections dump:\nConnections Sets (1)/(${database.sessions.size}):\n`,
  ].join('');
}
