import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { isListening } from './is-listening.js';
import { type OpenStack, openStack, runPython } from './openstack.js';
import { ServerProcess } from './server-process.js';
import type { SwiftAccess } from './swift-account.js';
import { device, SWIFT_USERS, type SwiftPlaces, type SwiftSettings, writeSwiftFiles } from './swift-files.js';

/** Swift reads swift.conf from /etc/swift, unless the module is changed before others look. */
const IN_FOLDER = `
import sys
from swift.common import utils
utils.SWIFT_CONF_FILE = sys.argv[1] + '/swift.conf'
`;
const SERVE = `${IN_FOLDER}
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[2], sys.argv[3], verbose=True))
`;
const UPDATE = `${IN_FOLDER}
from swift.obj.updater import ObjectUpdater
ObjectUpdater(utils.readconf(sys.argv[2], 'object-updater')).run_once()
`;
/** Lists objects that are not there: many of them, within a second. */
const LIST = `${IN_FOLDER}
import json
from swift.container.backend import ContainerBroker
pattern, first, count, now = sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), utils.Timestamp.now().internal
ContainerBroker(sys.argv[2]).merge_items([
    {'name': pattern % number, 'created_at': now, 'size': 0, 'content_type': 'text/plain',
     'etag': 'd41d8cd98f00b204e9800998ecf8427e', 'deleted': 0, 'storage_policy_index': 0,
     'ctype_timestamp': now, 'meta_timestamp': now} for number in range(first, first + count)])
`;

/** A real Swift: a proxy, an account, an object and one or two container servers, with a memcached. */
export class SwiftServer implements AsyncDisposable {
  readonly #stack: OpenStack;
  readonly #places: SwiftPlaces;
  readonly #forgetFolder: () => void;
  readonly #processes = new Map<string, ServerProcess>();

  private constructor(stack: OpenStack, places: SwiftPlaces) {
    this.#stack = stack;
    this.#places = places;
    this.#forgetFolder = atExit(() => rmSync(places.folder, { recursive: true, force: true, maxRetries: 3 }));
  }

  /** Resolves once it serves. */
  static async start(settings: SwiftSettings & { port?: number } = {}): Promise<SwiftServer> {
    const stack = await openStack();
    const containers: number[] = [];
    while (containers.length < (settings.containerServers ?? 1)) containers.push(await freePort());
    const places = {
      folder: await mkdtemp(join(tmpdir(), 'spec-swift-')),
      proxy: settings.port ?? (await freePort()),
      memcached: await freePort(),
      account: await freePort(),
      object: await freePort(),
      containers,
    };
    const server = new SwiftServer(stack, places);
    try {
      await writeSwiftFiles(stack, places, settings);
      await server.#serve();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Of the proxy. */
  get port(): number {
    return this.#places.proxy;
  }

  /** The last lines of the proxy's log. */
  get log(): string {
    return this.#processes.get('proxy')?.log ?? '';
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The access of a user of TempAuth. */
  async signIn(name: keyof typeof SWIFT_USERS = 'plain'): Promise<SwiftAccess> {
    const { user, project, password } = SWIFT_USERS[name];
    const headers = { 'x-auth-user': `${project}:${user}`, 'x-auth-key': password };
    const answer = await fetch(`${this.url}/auth/v1.0`, { headers });
    if (!answer.ok) throw new Error(`TempAuth answered ${answer.status}`);
    const [storageUrl = '', token = ''] = ['x-storage-url', 'x-auth-token'].map((key) => answer.headers.get(key) ?? '');
    return { storageUrl, token };
  }

  /** Makes all tokens of TempAuth invalid. */
  async forgetTokens(): Promise<void> {
    const socket = connect({ port: this.#places.memcached, host: '127.0.0.1' });
    socket.write('flush_all\r\n');
    await once(socket, 'data');
    socket.destroy();
  }

  /** Ends a container server: the other one, where there are two, then misses what happens. */
  async stopContainers(index = 0): Promise<void> {
    await this.#processes.get(`container${index}`)?.kill();
  }

  /** Nothing when it runs. */
  async startContainers(index = 0): Promise<void> {
    // Another process could listen on the same port.
    if (this.#processes.get(`container${index}`)?.hasExited === false) return;
    await this.#run(`container${index}`, 'container-server', this.#places.containers[index] ?? 0);
  }

  /** Brings the containers the updates that they have missed. */
  async update(): Promise<void> {
    const { folder } = this.#places;
    await runPython(this.#stack, folder, UPDATE, folder, join(folder, 'object.conf'));
  }

  /** Lists objects in the only container with any, as a container does that lags behind their deletion. */
  async listMissing(pattern: string, first: number, count: number): Promise<void> {
    const { folder } = this.#places;
    const all = await readdir(join(folder, 'devices', device(0), 'containers'), { recursive: true });
    const [database, ...more] = all.filter((file) => file.endsWith('.db'));
    if (database === undefined || more.length > 0) throw new Error(`There are ${all.length} containers`);
    const file = join(folder, 'devices', device(0), 'containers', database);
    await runPython(this.#stack, folder, LIST, folder, file, pattern, `${first}`, `${count}`);
  }

  /** SIGKILL, and its temporary files are removed; idempotent. */
  async stop(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((each) => each.kill()));
    await rm(this.#places.folder, { recursive: true, force: true, maxRetries: 3 });
    this.#forgetFolder();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serve(): Promise<void> {
    const { folder, memcached, account, object, proxy, containers } = this.#places;
    const args = ['-u', userInfo().username, '-l', '127.0.0.1', '-p', `${memcached}`, '-U', '0', '-m', '16'];
    const cache = new ServerProcess(this.#stack.memcached, args, folder, this.#stack.env);
    this.#processes.set('memcached', cache);
    await Promise.all([
      this.#listening('memcached', memcached),
      this.#run('account', 'account-server', account),
      this.#run('object', 'object-server', object),
      ...[...containers.keys()].map((index) => this.startContainers(index)),
      this.#run('proxy', 'proxy-server', proxy),
    ]);
  }

  async #run(name: string, section: string, port: number): Promise<void> {
    const { folder } = this.#places;
    const args = ['-c', SERVE, folder, join(folder, `${name}.conf`), section];
    this.#processes.set(name, new ServerProcess(this.#stack.python, args, folder, this.#stack.env));
    await this.#listening(name, port);
  }

  async #listening(name: string, port: number): Promise<void> {
    const run = this.#processes.get(name);
    await eventually(async () => run?.hasExited === true || (await isListening(port)), {
      within: 60_000,
      describe: `the ${name} of Swift`,
    });
    if (run?.hasExited) throw new Error(`The ${name} of Swift ended before it served:\n${run.log}`);
  }
}
