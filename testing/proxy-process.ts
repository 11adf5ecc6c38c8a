/** Fault proxies in a process of their own: they go on while this process's event loop stands still. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type Direction, FaultProxy, type ProxyFaults, type ProxyOptions } from './fault-proxy.js';
import type { Target } from './proxied-connection.js';
import type { TrafficReport } from './tls-traffic.js';

const CHILD = '--proxy-child';

type Method = Exclude<keyof ProxyFaults, 'connectString'> | 'listen';

/** A call of a proxy's method. */
interface Call {
  readonly id: number;
  /** The number of the proxy. */
  readonly proxy: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** The end of a call. */
interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** The process of some proxies. */
export class ProxyProcess {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #exited: Promise<unknown>;
  #made = 0;
  #called = 0;

  constructor() {
    this.#child = fork(import.meta.filename, [CHILD], { execArgv: ['--import', 'tsx'] });
    this.#exited = once(this.#child, 'exit');
    this.#child.on('message', (message) => this.#replied(message as Reply));
    this.#child.on('exit', () => {
      for (const { reject } of this.#calls.values()) reject(new Error('the process of the proxies has ended'));
    });
  }

  async listen(target: Target, options: ProxyOptions = {}): Promise<ProxyFaults> {
    const proxy = this.#made;
    this.#made += 1;
    const connectString = await this.#call(proxy, 'listen', [target, options]);
    return new RemoteProxy(String(connectString), (method, ...args) => this.#call(proxy, method, args));
  }

  /** Ends the process, and the connections of its proxies. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }

  #call(proxy: number, method: Method, args: readonly unknown[]): Promise<unknown> {
    this.#called += 1;
    const id = this.#called;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#child.send({ id, proxy, method, args } satisfies Call);
    });
  }

  #replied({ id, value, error }: Reply): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  }
}

/** Passes each call on. Calls take effect in their order, a moment later. */
class RemoteProxy implements ProxyFaults {
  readonly connectString: string;
  readonly #call: (method: Method, ...args: unknown[]) => Promise<unknown>;

  constructor(connectString: string, call: (method: Method, ...args: unknown[]) => Promise<unknown>) {
    this.connectString = connectString;
    this.#call = call;
  }

  async pass(): Promise<void> {
    await this.#call('pass');
  }

  cut(how: 'fin' | 'rst' = 'fin'): void {
    void this.#call('cut', how);
  }

  refuse(): void {
    void this.#call('refuse');
  }

  blackHole(direction: Direction | 'both' = 'both'): void {
    void this.#call('blackHole', direction);
  }

  acceptSilently(): void {
    void this.#call('acceptSilently');
  }

  singleBytes(on: boolean): void {
    void this.#call('singleBytes', on);
  }

  delay(ms: number): void {
    void this.#call('delay', ms);
  }

  cutAfter(bytes: number, direction: Direction): void {
    void this.#call('cutAfter', bytes, direction);
  }

  corruptAfter(bytes: number, direction: Direction): void {
    void this.#call('corruptAfter', bytes, direction);
  }

  delayHandshakes(least: number, most: number): void {
    void this.#call('delayHandshakes', least, most);
  }

  answerPingsOnly(): void {
    void this.#call('answerPingsOnly');
  }

  swallowSetWatches(): void {
    void this.#call('swallowSetWatches');
  }

  async traffic(): Promise<TrafficReport | null> {
    return (await this.#call('traffic')) as TrafficReport | null;
  }

  async close(): Promise<void> {
    await this.#call('close');
  }
}

/** The child's side. */
function serve(): void {
  const proxies = new Map<number, FaultProxy>();
  const perform = async ({ proxy, method, args }: Call): Promise<unknown> => {
    if (method === 'listen') {
      const made = await FaultProxy.listen(args[0] as Target, args[1] as ProxyOptions);
      proxies.set(proxy, made);
      return made.connectString;
    }
    const found = proxies.get(proxy) as unknown as Record<Method, (...args: readonly unknown[]) => unknown>;
    return found[method](...args);
  };
  process.on('message', (message) => {
    const { id } = message as Call;
    perform(message as Call).then(
      (value) => process.send?.({ id, value } satisfies Reply),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Reply),
    );
  });
  process.on('disconnect', () => process.exit());
}

if (process.argv.includes(CHILD)) serve();
