import { ConnectionLossError, type ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { PathHistory } from './path-history.js';
import type { Servers } from './servers.js';
import { makeDirectClient, readTruth, WRITER_SESSION_TIMEOUT, type Write, type Writer } from './writer.js';

const MOST_CHILDREN = 12;
const MOST_SESSIONS = 3;

/** Changes the children of its znodes: persistent, sequential and ephemeral ones, and the znodes themselves. */
export class GroupWriter {
  readonly #writer: Writer;
  readonly #client: ZooKeeperClient;
  readonly #histories: readonly PathHistory[];
  readonly #random: SeededRandom;
  readonly #servers: Servers;
  /** Sessions that have ephemeral children. */
  #members: { readonly client: ZooKeeperClient; readonly history: PathHistory; readonly names: string[] }[] = [];
  #count = 0;

  constructor(writer: Writer, servers: Servers, histories: readonly PathHistory[], random: SeededRandom) {
    this.#writer = writer;
    this.#client = writer.client;
    this.#servers = servers;
    this.#histories = histories;
    this.#random = random;
  }

  async step(): Promise<void> {
    const random = this.#random;
    const history = random.pick(this.#histories);
    const chance = random.between(0, 1);
    const names = namesOf(history);
    if (names === null) await this.#createGroup(history);
    else if (chance < 0.06) await this.#deleteGroup(history, names);
    else if (chance < 0.15) await this.#join(history);
    else if (chance < 0.24) await this.#leave();
    else if (names.length > 0 && chance < 0.34) await this.#replace(history, names);
    else if (names.length > 0 && chance < 0.4) await this.#client.retry(() => this.#touch(history, names));
    else if (names.length > 0 && (chance < 0.65 || names.length >= MOST_CHILDREN)) await this.#remove(history, names);
    else if (chance < 0.8) await this.#writer.write(this.#createSequential(history));
    else await this.#writer.write(this.#createChild(history, this.#client, 'persistent', this.#name('c')));
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ client }) => client.close()));
  }

  #createGroup(history: PathHistory): Promise<unknown> {
    return this.#writer.write({ history, what: 'create', key: '', send: () => this.#client.create(history.path) });
  }

  #deleteGroup(history: PathHistory, names: readonly string[]): Promise<unknown> {
    const transaction = this.#client.transaction();
    for (const name of names) transaction.delete(`${history.path}/${name}`);
    transaction.delete(history.path);
    const change = { history, what: 'delete with children', key: null };
    return this.#writer.writeTogether([change], () => transaction.commit());
  }

  /** A change that leaves the names as they are. */
  #replace(history: PathHistory, names: readonly string[]): Promise<unknown> {
    const path = `${history.path}/${this.#random.pick(names)}`;
    const change = { history, what: `replace ${path}`, key: names.join() };
    return this.#writer.writeTogether([change], () => this.#client.transaction().delete(path).create(path).commit());
  }

  /** Changes a child's data, which is no change of the children. */
  #touch(history: PathHistory, names: readonly string[]): Promise<unknown> {
    return this.#client.setData(`${history.path}/${this.#random.pick(names)}`, 'touched');
  }

  #remove(history: PathHistory, names: readonly string[]): Promise<unknown> {
    return this.#delete(history, names, this.#random.pick(names));
  }

  #delete(history: PathHistory, names: readonly string[], leaver: string): Promise<unknown> {
    const key = names.filter((name) => name !== leaver).join();
    const send = () => this.#client.delete(`${history.path}/${leaver}`);
    return this.#writer.write({ history, what: `delete ${leaver}`, key, send });
  }

  #createChild(
    history: PathHistory,
    client: ZooKeeperClient,
    mode: 'persistent' | 'ephemeral',
    name: string,
  ): Write<unknown> {
    const key = [...(namesOf(history) ?? []), name].sort().join();
    const send = () => client.create(`${history.path}/${name}`, '', { mode });
    return { history, what: `create ${mode} ${name}`, key, client, send };
  }

  #createSequential(history: PathHistory): Write<unknown> {
    const names = namesOf(history) ?? [];
    const send = async () => {
      const created = await this.#client.create(`${history.path}/s`, '', { mode: 'persistent-sequential' });
      const name = created.slice(history.path.length + 1);
      history.done(history.last, [...names, name].sort().join());
    };
    return { history, what: 'create sequential', key: undefined, send };
  }

  /** Opens a session with one to three ephemeral children. */
  async #join(history: PathHistory): Promise<void> {
    if (this.#members.length >= MOST_SESSIONS) return this.#leave();
    const client = makeDirectClient(this.#servers);
    const names = Array.from({ length: this.#random.whole(1, 3) }, () => this.#name('e'));
    client.on('state', (state) => {
      if (state === 'lost') this.#writer.lostTrack(history, `a fault outlasted the session of ${names}`);
    });
    this.#members.push({ client, history, names });
    if (!(await client.connect().catch(() => null))) return;
    for (const name of names) await this.#writer.write(this.#createChild(history, client, 'ephemeral', name));
  }

  /** Ends a session, which deletes its children in one transaction. */
  async #leave(): Promise<void> {
    const member = this.#members.shift();
    if (!member) return;
    const { client, history } = member;
    const left = (): string[] | undefined => namesOf(history)?.filter((name) => member.names.includes(name));
    if (!left()?.length) return client.close();
    const key = (namesOf(history) ?? []).filter((name) => !member.names.includes(name)).join();
    const change = { history, what: `end the session of ${member.names}`, key };
    const { sessionId } = client;
    const isGone = async (name: string) =>
      (await this.#client.exists(`${history.path}/${name}`))?.ephemeralOwner !== sessionId;
    const areGone = async () => (await Promise.all(member.names.map(isGone))).every(Boolean);
    // close() does not report whether it reached a server; otherwise the session ends by its timeout.
    await this.#writer.writeTogether([change], async () => {
      await client.close();
      await this.#client.sync(history.path);
      await eventually(areGone, { within: 2 * WRITER_SESSION_TIMEOUT, describe: `the end of ${member.names}` });
      // A persistent child may have replaced one of the session's.
      const { key: present } = await readTruth(this.#client, 'children', history.path);
      if (present !== key) throw new ConnectionLossError('not all of them were of the session');
    });
    for (const name of left() ?? []) await this.#delete(history, namesOf(history) ?? [], name);
  }

  #name(letter: string): string {
    this.#count += 1;
    return `${letter}${this.#count}`;
  }
}

function namesOf({ last }: PathHistory): string[] | null {
  if (typeof last.key !== 'string') return null;
  return last.key === '' ? [] : last.key.split(',');
}
