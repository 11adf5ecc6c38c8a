import { isIP } from 'node:net';
import type { ServerName } from '../../core/coordination-client.js';
import type { Asker, NameResolver } from './name-resolver.js';
import { shuffle } from './shuffle.js';

/** One address of a server. */
interface KnownAddress extends ServerName {
  readonly address: string;
}

/** A server whose name has no known address, with the reason. */
interface UnknownAddress extends ServerName {
  readonly address: null;
  readonly reason: Error;
}

/** One address of one server of the connect string: what an attempt is made at. */
export type Target = KnownAddress | UnknownAddress;

/** By RFC 6761 it needs no resolver. */
const LOCALHOST = ['127.0.0.1', '::1'];

/** The addresses of the servers of a connect string, as far as they are known. */
export class AddressBook implements Asker {
  #servers: readonly ServerName[] = [];
  #names: readonly string[] = [];
  readonly #resolver: NameResolver;
  readonly #onChange: () => void;
  /** The last answers. A name that cannot be resolved now keeps the addresses that it had. */
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #failures = new Map<string, Error>();
  readonly #asked = new Set<string>();

  /** @param onChange called after each answer */
  constructor(servers: readonly ServerName[], resolver: NameResolver, onChange: () => void) {
    this.#resolver = resolver;
    this.#onChange = onChange;
    this.setServers(servers);
  }

  /** Replaces the servers. Those that stay keep the addresses that are known; no answer is awaited any more. */
  setServers(servers: readonly ServerName[]): void {
    this.letGo();
    this.#servers = servers;
    const hosts = new Set(servers.map(({ host }) => host));
    for (const host of this.#addresses.keys()) if (!hosts.has(host)) this.#addresses.delete(host);
    for (const host of hosts) {
      const fixed = fixedAddresses(host);
      if (fixed) this.#addresses.set(host, fixed);
    }
    // Names are looked up one by one: in the same order, a fleet of clients would meet at the first server.
    this.#names = shuffle([...hosts].filter((host) => fixedAddresses(host) === undefined));
  }

  get isStranded(): boolean {
    return this.#addresses.size === 0;
  }

  /** The names that are being looked up. */
  get asked(): readonly string[] {
    return [...this.#asked];
  }

  /** Each address once, and each name that has none for a known reason. */
  get targets(): readonly Target[] {
    const targets = new Map<string, Target>();
    for (const server of this.#servers) {
      for (const target of this.#targetsOf(server)) {
        const key = keyOf(target);
        if (!targets.has(key)) targets.set(key, target);
      }
    }
    return [...targets.values()];
  }

  /** Looks every name up, unless that is being done. Answers may come at once. */
  refresh(): void {
    for (const name of this.#names) {
      if (this.#asked.has(name)) continue;
      this.#asked.add(name);
      this.#resolver.ask(name, this);
    }
  }

  answered(name: string, error: Error | null, addresses: readonly string[]): void {
    this.#asked.delete(name);
    if (error) this.#failures.set(name, error);
    else {
      this.#failures.delete(name);
      this.#addresses.set(name, addresses);
    }
    this.#onChange();
  }

  /** Waits for no answer any more. What is known stays known. */
  letGo(): void {
    this.#asked.clear();
    this.#resolver.forget(this);
  }

  #targetsOf({ host, port }: ServerName): Target[] {
    const addresses = this.#addresses.get(host);
    if (addresses) return addresses.map((address) => ({ host, port, address }));
    const reason = this.#failures.get(host);
    return reason ? [{ host, port, address: null, reason }] : [];
  }
}

/** The same for the same address and port, whatever the name. */
export function keyOf({ host, port, address }: Target): string {
  return `${address ?? host} ${port}`;
}

function fixedAddresses(host: string): readonly string[] | undefined {
  if (isIP(host) !== 0) return [host];
  return host.toLowerCase() === 'localhost' ? LOCALHOST : undefined;
}
