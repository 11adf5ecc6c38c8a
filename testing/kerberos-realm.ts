import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atExit } from './at-exit.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { isListening } from './is-listening.js';
import { type KerberosPackages, kerberosPackages, loadKerberosModule } from './kerberos-packages.js';
import { ServerProcess } from './server-process.js';

const REALM = 'EXAMPLE.COM';
const SERVICE = 'zookeeper/localhost';

/** A key distribution centre of a realm EXAMPLE.COM on a loopback port, with its files in a temporary folder. */
export class KerberosRealm implements AsyncDisposable {
  /** For clients: where the realm is, and the credentials of those for whom kinit() has run. */
  readonly env: Readonly<{ KRB5_CONFIG: string; KRB5CCNAME: string }>;
  /** For a ZooKeeper server: it is zookeeper/localhost, and knows a client as `sasl:alice`. */
  readonly serverJavaOptions: readonly string[];
  readonly #folder: string;
  readonly #commandEnv: NodeJS.ProcessEnv;
  readonly #forgetFolder: () => void;
  #process: ServerProcess | null = null;

  private constructor(folder: string, packages: KerberosPackages) {
    this.#folder = folder;
    this.env = { KRB5_CONFIG: join(folder, 'krb5.conf'), KRB5CCNAME: `FILE:${join(folder, 'credentials')}` };
    this.#commandEnv = {
      ...process.env,
      ...this.env,
      KRB5_KDC_PROFILE: join(folder, 'kdc.conf'),
      PATH: `${packages.programs}:${process.env.PATH}`,
      LD_LIBRARY_PATH: packages.libraries,
    };
    this.serverJavaOptions = [
      `-Djava.security.krb5.conf=${this.env.KRB5_CONFIG}`,
      `-Djava.security.auth.login.config=${join(folder, 'jaas.conf')}`,
      '-Dzookeeper.authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
      '-Dzookeeper.kerberos.removeHostFromPrincipal=true',
      '-Dzookeeper.kerberos.removeRealmFromPrincipal=true',
    ];
    this.#forgetFolder = atExit(() => rmSync(folder, { recursive: true, force: true }));
  }

  /**
   * Resolves once it serves.
   *
   * @param users those who can log in, beside the service zookeeper/localhost
   */
  static async start(users: readonly string[] = ['alice']): Promise<KerberosRealm> {
    const packages = await kerberosPackages();
    const folder = await mkdtemp(join(tmpdir(), 'spec-kerberos-'));
    const realm = new KerberosRealm(folder, packages);
    try {
      const port = await freePort();
      for (const [name, text] of Object.entries(files(folder, port, packages)))
        await writeFile(join(folder, name), text);
      await realm.#run('kdb5_util', 'create', '-s', '-r', REALM, '-P', randomBytes(16).toString('hex'));
      for (const principal of [SERVICE, ...users]) {
        await realm.#run('kadmin.local', 'addprinc', '-randkey', principal);
        await realm.#run('kadmin.local', 'ktadd', '-norandkey', '-k', realm.#keytab(principal), principal);
      }
      await realm.#serve(port);
      return realm;
    } catch (error) {
      await realm.stop();
      throw error;
    }
  }

  /** Fetches a user's ticket. */
  async kinit(user: string): Promise<void> {
    await this.#run('kinit', '-k', '-t', this.#keytab(user), user);
  }

  /** The npm module, compiled against the same Kerberos: for the `kerberos` of a client's options. */
  loadKerberosModule(): Promise<unknown> {
    return loadKerberosModule();
  }

  /** Forgets the ticket. */
  async kdestroy(): Promise<void> {
    await this.#run('kdestroy', '-q');
  }

  /** Ends it, and removes its files; idempotent. */
  async stop(): Promise<void> {
    await this.#process?.kill();
    await rm(this.#folder, { recursive: true, force: true });
    this.#forgetFolder();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #keytab(principal: string): string {
    return keytab(this.#folder, principal);
  }

  async #run(command: string, ...args: readonly string[]): Promise<void> {
    await promisify(execFile)(command, args, { cwd: this.#folder, env: this.#commandEnv });
  }

  async #serve(port: number): Promise<void> {
    const args = ['krb5kdc', '-n', '-P', join(this.#folder, 'pid')];
    const run = new ServerProcess('/usr/bin/env', args, this.#folder, this.#commandEnv);
    this.#process = run;
    await eventually(async () => run.hasExited || (await isListening(port)), { describe: 'the KDC' });
    if (run.hasExited) throw new Error(`The KDC ended before it served:\n${run.log}`);
  }
}

function keytab(folder: string, principal: string): string {
  return join(folder, `${principal.replace('/', '-')}.keytab`);
}

function files(folder: string, port: number, { libraries }: KerberosPackages): Record<string, string> {
  return {
    'krb5.conf': `[libdefaults]
  default_realm = ${REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  plugin_base_dir = ${libraries}/krb5/plugins
[realms]
  ${REALM} = {
    kdc = 127.0.0.1:${port}
  }
[domain_realm]
  localhost = ${REALM}
`,
    'kdc.conf': `[kdcdefaults]
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${REALM} = {
    database_name = ${folder}/principal
    key_stash_file = ${folder}/stash
    acl_file = ${folder}/acl
  }
[dbmodules]
  db_module_dir = ${libraries}/krb5/plugins/kdb
[logging]
  kdc = STDERR
`,
    'jaas.conf': `Server {
  com.sun.security.auth.module.Krb5LoginModule required
  useKeyTab=true
  keyTab="${keytab(folder, SERVICE)}"
  storeKey=true
  useTicketCache=false
  principal="${SERVICE}@${REALM}";
};
`,
  };
}
