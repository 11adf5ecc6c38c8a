import type { Stat } from '../../../../lib/core/coordination-client.js';
import { RawSession } from '../../../../testing/raw-session.js';
import { IDENTITIES } from './identities.js';
import type { Baseline, Normalizer } from './normalizer.js';

const WORLD = { perms: 31, scheme: 'world', id: 'anyone' };

/** A server for programs, with a session that prepares it before a program and cleans it up after. */
export class ProgramHost implements AsyncDisposable {
  readonly port: number;
  readonly #control: RawSession;
  readonly #name: string;
  #programs = 0;

  private constructor(port: number, control: RawSession, name: string) {
    this.port = port;
    this.#control = control;
    this.#name = name;
  }

  /** `name` begins the names of the programs' znodes, and must be the same on compared servers. */
  static async on(port: number, name = 'program'): Promise<ProgramHost> {
    const control = await RawSession.open(port);
    for (const identity of IDENTITIES) await control.auth('digest', identity);
    return new ProgramHost(port, control, name);
  }

  /** Creates the znode of the next program. */
  async prepare(): Promise<Baseline> {
    this.#programs += 1;
    const prefix = `/${this.#name}${this.#programs}`;
    const created = await this.#control.request('create', { path: prefix, data: null, acl: [WORLD], flags: 0 });
    if (created?.error !== 0) throw new Error(`Cannot create ${prefix}: ${created?.error ?? 'hung up'}`);
    const root = await this.#control.request('exists', { path: '/', watch: false });
    if (!root) throw new Error('The server has hung up');
    return { prefix, zxid: root.zxid, root: (root.body as { stat: Stat }).stat };
  }

  /** Deletes the znodes that the program has left, as far as its ACLs allow. Returns what they contained. */
  async clear(prefix: string, normalizer: Normalizer): Promise<string[]> {
    const lines: string[] = [];
    await this.#clear(prefix, normalizer, lines);
    return lines;
  }

  async #clear(path: string, normalizer: Normalizer, lines: string[]): Promise<void> {
    for (const name of ['getData', 'getAcl'] as const) {
      const reply = await this.#control.request(name, { path, watch: false });
      lines.push(reply ? `${normalizer.path(path)}: ${normalizer.content(reply)}` : 'hung up');
    }
    const reply = await this.#control.request('getChildren', { path, watch: false });
    const { children = [] } = (reply?.body ?? {}) as { children?: string[] };
    for (const child of children.sort()) await this.#clear(`${path}/${child}`, normalizer, lines);
    await this.#control.request('delete', { path, version: -1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control.close();
  }
}
