import { expect } from 'vitest';
import type { ZnodeRead, ZooKeeperClient, ZooKeeperClientOptions } from '../../index.js';
import { JuteReader } from '../../lib/protocol/jute.js';
import { pathAndWatchRecord } from '../../lib/protocol/messages.js';
import { multiRecord } from '../../lib/protocol/multi.js';
import type { ReadOutcome } from '../../lib/protocol/read-outcomes.js';
import { RECORD_OFFSET } from '../../lib/protocol/requests.js';
import {
  type FakeConnection,
  type FakeNetwork,
  type FakeRequest,
  makeFakeClient,
} from '../../testing/fake-connector.js';
import { turn } from '../../testing/passing-time.js';

export const STAT = {
  ...{ czxid: 1n, mzxid: 1n, pzxid: 1n, ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0 },
  ...{ ephemeralOwner: 0n, dataLength: 0, numChildren: 0 },
};

export const paths = (count: number): string[] => Array.from({ length: count }, (_, nth) => `/n${nth}`);

/** Its data is its path. */
export const znode = (path: string): ZnodeRead => ({ data: Buffer.from(path), stat: STAT, children: [] });

/** The server's side of a connection: answers reads in turn. */
export class Player {
  readonly connection: FakeConnection;
  #answered = 0;
  /** The outcome for a path; default: a znode. */
  outcomeOf: (path: string) => ReadOutcome = znode;
  /** The size of a reply to so many reads. */
  bytesOf: (count: number) => number = (count) => count * 10;

  constructor(connection: FakeConnection) {
    this.connection = connection;
  }

  get all(): readonly FakeRequest[] {
    return this.connection.requests.items.filter(({ name }) => name !== 'closeSession');
  }

  get waiting(): readonly FakeRequest[] {
    return this.all.slice(this.#answered);
  }

  /** Answers the next request. */
  async answer(): Promise<void> {
    const request = this.all[this.#answered];
    this.#answered += 1;
    if (!request) throw new Error('there is no request to answer');
    if (request.name === 'multiRead') {
      const asked = pathsOf(request);
      const found = asked.map(this.outcomeOf);
      const outcomes = asksForLeaves(request) ? found.map(ofLeaf) : found;
      request.answer({ outcomes, bytes: this.bytesOf(asked.length) });
    } else {
      const outcome = this.outcomeOf(pathOf(request));
      if (outcome === null || typeof outcome === 'number') request.refuse(outcome ?? -1);
      else request.answer(outcome);
    }
    await turn();
  }

  async refuse(error: number): Promise<void> {
    this.all[this.#answered]?.refuse(error);
    this.#answered += 1;
    await turn();
  }

  async answerAll(): Promise<void> {
    while (this.waiting.length > 0) await this.answer();
  }
}

const operationsOf = ({ frame }: FakeRequest) => multiRecord.read(new JuteReader(frame, RECORD_OFFSET));

/** Whether a MultiRead asks for no children. */
export const asksForLeaves = (request: FakeRequest): boolean =>
  operationsOf(request).every(({ op }) => op === 'getData');

/** A znode with children has to be read again. */
function ofLeaf(outcome: ReadOutcome): ReadOutcome {
  return outcome !== null && typeof outcome !== 'number' && outcome.children.length > 0 ? null : outcome;
}

/** The znodes that a MultiRead asks for, each by its data, and by its children unless it asks for leaves. */
export function pathsOf(request: FakeRequest): string[] {
  const operations = operationsOf(request);
  const all = operations.map((operation) => ('path' in operation ? operation.path : ''));
  if (asksForLeaves(request)) return all;
  expect(operations.map(({ op }) => op)).toEqual(operations.map((_, nth) => (nth % 2 ? 'getChildren' : 'getData')));
  expect(all.filter((_, nth) => nth % 2)).toEqual(all.filter((_, nth) => !(nth % 2)));
  return all.filter((_, nth) => nth % 2);
}

export const pathOf = ({ frame }: FakeRequest): string =>
  pathAndWatchRecord.read(new JuteReader(frame, RECORD_OFFSET)).path;

export async function connected(options?: ZooKeeperClientOptions, connectString?: string) {
  const { client, network } = makeFakeClient(connectString, options);
  network.onConnection = (connection) => connection.open();
  await client.connect();
  return { client, network, player: new Player(network.last) };
}

export async function close(client: ZooKeeperClient, network: FakeNetwork): Promise<void> {
  const closing = client.close();
  network.last.named('closeSession')[0]?.answer();
  await closing;
}
