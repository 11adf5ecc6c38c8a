import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { isListening } from './is-listening.js';
import { type OpenStack, openStack } from './openstack.js';
import { ServerProcess } from './server-process.js';
import type { SwiftAccess } from './swift-account.js';

/**
 * Makes the database with its tables and the administrator, and serves, all in one process, as loading Keystone takes
 * seconds. The server is Python's own: one request after the other. The tokens of those who say so live for an hour.
 */
const SERVE = `
import os, sqlite3, sys
from wsgiref.simple_server import make_server
from keystone.cmd import cli
from keystone.server.wsgi import initialize_public_application
port, life, folder, password, url = sys.argv[1:]
sys.argv[1:] = config = ['--config-file', folder + '/keystone.conf']
def manage(*command):
    # A process can run one command only.
    if os.fork() == 0:
        cli.main(['keystone-manage', *config, *command])
        os._exit(0)
    if os.wait()[1] != 0:
        sys.exit('keystone-manage failed: ' + command[0])
manage('db_sync')
# A reader must not lock a writer out.
sqlite3.connect(folder + '/keystone.db').execute('pragma journal_mode = wal')
manage('bootstrap', '--bootstrap-password', password, '--bootstrap-public-url', url, '--bootstrap-internal-url', url,
       '--bootstrap-region-id', 'RegionOne')
keystone = initialize_public_application()
from keystone.conf import CONF
def application(environ, start_response):
    is_long = 'keystone' in environ.get('HTTP_USER_AGENT', '')
    CONF.set_override('expiration', 3600 if is_long else int(life), 'token')
    return keystone(environ, start_response)
make_server('127.0.0.1', int(port), application).serve_forever()
`;
/** The headers of a request for a token that lives for an hour. Swift's own requests say so too. */
export const LONG_LIFE = { 'user-agent': 'keystone of the specs' } as const;

/** The user that specs have at a Keystone, in the project `demo`. */
export const KEYSTONE_USER = { project: 'demo', user: 'jörg', password: 'pä$$:w%rd@/?#&=+' } as const;

type Json = Record<string, unknown>;

/** A real Keystone v3 with SQLite and fernet tokens, a service user `swift` and KEYSTONE_USER. */
export class KeystoneServer implements AsyncDisposable {
  /** With `/v3`. */
  readonly url: string;
  /** Of the service user `swift`. */
  readonly password = randomBytes(16).toString('hex');
  readonly #port: number;
  readonly #folder: string;
  readonly #forgetFolder: () => void;
  #token: Promise<string> | null = null;
  #process: ServerProcess | null = null;

  private constructor(folder: string, port: number) {
    this.url = `http://127.0.0.1:${port}/v3`;
    this.#port = port;
    this.#folder = folder;
    this.#forgetFolder = atExit(() => rmSync(folder, { recursive: true, force: true }));
  }

  /**
   * Resolves once it serves.
   *
   * @param tokenLife of the tokens of users, in seconds; not of those of Swift itself and of this class
   * @param stores the URL of the object store in each region
   */
  static async start(tokenLife: number, stores: Readonly<Record<string, string>>): Promise<KeystoneServer> {
    const stack = await openStack();
    const keystone = new KeystoneServer(await mkdtemp(join(tmpdir(), 'spec-keystone-')), await freePort());
    try {
      await keystone.#prepare(stack, tokenLife);
      await keystone.#populate(stores);
      return keystone;
    } catch (error) {
      await keystone.stop();
      throw error;
    }
  }

  /** The access of KEYSTONE_USER. */
  async signIn(): Promise<SwiftAccess> {
    const { user, project, password } = KEYSTONE_USER;
    const answer = await this.#authenticate(user, project, password);
    type Endpoint = { interface: string; url: string };
    const { token } = (await answer.json()) as { token: { catalog: { type: string; endpoints: Endpoint[] }[] } };
    const store = token.catalog.find(({ type }) => type === 'object-store');
    const storageUrl = store?.endpoints.find((each) => each.interface === 'public')?.url ?? '';
    return { storageUrl, token: tokenIn(answer) };
  }

  /** Makes a token invalid before it expires. */
  async revoke(token: string): Promise<void> {
    await this.#ask('DELETE', '/auth/tokens', undefined, { 'x-subject-token': token });
  }

  /** SIGKILL, and its temporary files are removed; idempotent. */
  async stop(): Promise<void> {
    await this.#process?.kill();
    await rm(this.#folder, { recursive: true, force: true });
    this.#forgetFolder();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #prepare(stack: OpenStack, tokenLife: number): Promise<void> {
    await mkdir(join(this.#folder, 'keys'), { mode: 0o700 });
    for (const name of ['0', '1']) {
      const key = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      await writeFile(join(this.#folder, 'keys', name), key, { mode: 0o600 });
    }
    await writeFile(join(this.#folder, 'keystone.conf'), configuration(this.#folder));
    const args = ['-c', SERVE, `${this.#port}`, `${tokenLife}`, this.#folder, this.password, this.url];
    const run = new ServerProcess(stack.python, args, this.#folder, stack.env);
    this.#process = run;
    await eventually(async () => run.hasExited || (await isListening(this.#port)), { within: 60_000 });
    if (run.hasExited) throw new Error(`Keystone ended before it served:\n${run.log}`);
  }

  async #populate(stores: Readonly<Record<string, string>>): Promise<void> {
    const { user, project, password } = KEYSTONE_USER;
    const admin = await this.#idOf('roles', 'admin');
    const member = await this.#idOf('roles', 'member');
    await this.#addUser('service', 'swift', this.password, admin);
    await this.#addUser(project, user, password, member);
    const service = await this.#create('services', 'service', { name: 'swift', type: 'object-store' });
    for (const [region, url] of Object.entries(stores)) {
      if (region !== 'RegionOne') await this.#create('regions', 'region', { id: region });
      const place = { service_id: service, region_id: region };
      // One that users must not be sent to.
      await this.#create('endpoints', 'endpoint', {
        ...place,
        interface: 'internal',
        url: 'http://127.0.0.1:1/internal',
      });
      await this.#create('endpoints', 'endpoint', {
        ...place,
        interface: 'public',
        url: `${url}/v1/AUTH_%(project_id)s`,
      });
    }
  }

  async #addUser(project: string, name: string, password: string, role: string): Promise<void> {
    const projectId = await this.#create('projects', 'project', { name: project, domain_id: 'default' });
    const userId = await this.#create('users', 'user', { name, password, domain_id: 'default' });
    await this.#ask('PUT', `/projects/${projectId}/users/${userId}/roles/${role}`);
  }

  async #create(collection: string, kind: string, properties: Json): Promise<string> {
    const answer = await this.#ask('POST', `/${collection}`, { [kind]: properties });
    return (((await answer.json()) as Json)[kind] as { id: string }).id;
  }

  async #idOf(collection: string, name: string): Promise<string> {
    const answer = (await (await this.#ask('GET', `/${collection}?name=${name}`)).json()) as Json;
    return (answer[collection] as { id: string }[])[0]?.id ?? '';
  }

  /** As the administrator. */
  async #ask(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<Response> {
    this.#token ??= this.#authenticate('admin', 'admin', this.password).then(tokenIn);
    return this.#send(method, path, body, { ...headers, 'x-auth-token': await this.#token });
  }

  #authenticate(user: string, project: string, secret: string): Promise<Response> {
    const domain = { id: 'default' };
    const password = { user: { name: user, domain, password: secret } };
    const scope = { project: { name: project, domain } };
    return this.#send('POST', '/auth/tokens', { auth: { identity: { methods: ['password'], password }, scope } });
  }

  async #send(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...LONG_LIFE, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer;
    throw new Error(
      `Keystone answered ${answer.status} at ${answer.url}: ${await answer.text()}\n${this.#process?.log}`,
    );
  }
}

function tokenIn(answer: Response): string {
  return answer.headers.get('x-subject-token') ?? '';
}

function configuration(folder: string): string {
  return `[DEFAULT]
use_stderr = true
default_log_levels = keystone=ERROR
[database]
connection = sqlite:///${folder}/keystone.db
sqlite_synchronous = false
[token]
provider = fernet
[fernet_tokens]
key_repository = ${folder}/keys
[fernet_receipts]
key_repository = ${folder}/keys
[credential]
key_repository = ${folder}/keys
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = oslo_cache.dict
`;
}
