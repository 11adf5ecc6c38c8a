import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';
import { NameServer } from './name-server.js';

/** The address of the name server in a mount namespace, where no other one listens. */
const SERVER = '127.0.0.153';
const DNS_PORT = 53;

/** How child processes see names: by a hosts file and a name server of the spec's own. */
export interface ResolverOfItsOwn extends AsyncDisposable {
  /**
   * Whether the system's resolver is used, in a mount namespace. Otherwise (without root on Linux) `dns.lookup` of the
   * child is replaced, and asks the same name server: it occupies no thread then.
   */
  readonly isReal: boolean;
  readonly server: NameServer;
  /** The command that starts a child. */
  readonly launcher: readonly string[];
  /** The lines that a child's module begins with. */
  readonly prelude: string;
}

/** @param names those that the name server knows, and those of the hosts file */
export async function resolverOfItsOwn(
  names: Readonly<Record<string, readonly string[]>>,
  hosts: Readonly<Record<string, readonly string[]>>,
): Promise<ResolverOfItsOwn> {
  if (!canMount()) return replacedLookup({ ...names, ...hosts });
  const server = await NameServer.listen(names, { host: SERVER, port: DNS_PORT });
  const folder = mkdtempSync(join(tmpdir(), 'zk-recipes-names-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const forget = atExit(remove);
  const lines = Object.entries({ localhost: ['127.0.0.1'], ...hosts }).flatMap(([name, addresses]) =>
    addresses.map((address) => `${address} ${name}\n`),
  );
  writeFileSync(join(folder, 'hosts'), lines.join(''));
  writeFileSync(join(folder, 'host.conf'), 'multi on\n');
  writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files dns\n');
  writeFileSync(join(folder, 'resolv.conf'), `nameserver ${SERVER}\noptions timeout:10 attempts:1\n`);
  // Only over files that are there: nothing is made outside of the namespace.
  const mount = 'for name in $(ls "$0"); do test ! -e /etc/$name || mount --bind "$0/$name" /etc/$name || exit 1; done';
  return {
    isReal: true,
    server,
    launcher: ['unshare', '-m', 'sh', '-c', `${mount} && exec "$@"`, folder],
    prelude: '',
    [Symbol.asyncDispose]: async () => {
      forget();
      remove();
      await server[Symbol.asyncDispose]();
    },
  };
}

function canMount(): boolean {
  return (
    process.platform === 'linux' &&
    spawnSync('unshare', ['-m', 'mount', '--bind', '/etc/hosts', '/etc/hosts']).status === 0
  );
}

async function replacedLookup(names: Readonly<Record<string, readonly string[]>>): Promise<ResolverOfItsOwn> {
  process.stderr.write(
    'No mount namespace (it needs root on Linux): dns.lookup of the children is replaced instead.\n',
  );
  const server = await NameServer.listen(names, { host: '127.0.0.1', port: 0 });
  const prelude = `
    import dns from 'node:dns';
    const resolver = new dns.Resolver({ timeout: 10_000, tries: 1 });
    resolver.setServers(['127.0.0.1:${server.port}']);
    const own = dns.lookup;
    dns.lookup = (name, options, done) => {
      if (name === 'localhost') return own(name, options, done);
      resolver.resolve4(name, (error, addresses) => {
        if (error) done(error);
        else done(null, addresses.map((address) => ({ address, family: 4 })));
      });
    };
  `;
  return { isReal: false, server, launcher: [], prelude, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
