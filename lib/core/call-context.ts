import { nodeModule } from './node-module.js';

/** Missing in a browser, which has no stores. */
const hooks = nodeModule('node:async_hooks');
const AsyncResource: typeof import('node:async_hooks').AsyncResource =
  hooks?.AsyncResource ??
  (class {
    runInAsyncScope<T>(func: () => T): T {
      return func();
    }
  } as never);

/**
 * The stores of every AsyncLocalStorage at one moment, in which a function of the user's is called later. Contexts are
 * shared, and most code has no store at all: a hundred thousand watches cost nothing then.
 */
export interface CallContext {
  /** Calls a function with these stores. What it does to them, as by `enterWith`, reaches no other call. */
  call<T>(func: () => T): T;
}

/** Takes the stores of the moment of its construction, as each asynchronous resource of Node does. */
class Capture extends AsyncResource implements CallContext {
  [symbol: symbol]: unknown;

  constructor() {
    super('zk-recipes', { requireManualDestroy: true });
  }

  call<T>(func: () => T): T {
    // In a resource of its own: `enterWith` changes the one that is current.
    return this.runInAsyncScope(() => new Capture().runInAsyncScope(func));
  }
}

/** The symbols under which Node keeps numbers in a resource. The values of all others are stores. */
const IDS: ReadonlySet<symbol> = new Set(
  Object.getOwnPropertySymbols(new Capture()).filter(({ description }) =>
    /^(trigger_)?async_id/.test(`${description}`),
  ),
);

/** Whether the second has every store of the first. */
function hasStoresOf(capture: Capture, other: Capture): boolean {
  const symbols = Object.getOwnPropertySymbols(capture);
  if (symbols.length === IDS.size) return true;
  for (const symbol of symbols) if (!IDS.has(symbol) && capture[symbol] !== other[symbol]) return false;
  return true;
}

/** The library may be loaded inside a request: the stores are taken out. */
function withoutStores(capture: Capture): Capture {
  for (const symbol of Object.getOwnPropertySymbols(capture)) if (!IDS.has(symbol)) capture[symbol] = undefined;
  return capture;
}

const EMPTY = withoutStores(new Capture());

/** Whether a resource shows its stores, as in every version of Node so far. Otherwise no two contexts are the same. */
const SHOWS_STORES = ((): boolean => {
  if (!hooks) return true;
  const probe = new hooks.AsyncLocalStorage<number>();
  const capture = probe.run(1, () => new Capture());
  probe.disable();
  return !hasStoresOf(capture, EMPTY);
})();

let latest: WeakRef<Capture> | undefined;
/** The resource in which work of the library is running. */
let own: Capture | undefined;

/** The context without any store. */
export const NO_STORES: CallContext = EMPTY;

/** Returns the context of the caller. */
export function captureContext(): CallContext {
  if (own !== undefined && hooks?.executionAsyncResource() === own) return EMPTY;
  const capture = new Capture();
  if (!SHOWS_STORES) return capture;
  if (hasStoresOf(capture, EMPTY)) return EMPTY;
  const known = latest?.deref();
  if (known && hasStoresOf(capture, known) && hasStoresOf(known, capture)) return known;
  latest = new WeakRef(capture);
  return capture;
}

/** Runs work that the library does for several callers: it must keep the stores of none of them alive. */
export function withoutContext<T>(work: () => T): T {
  if (own !== undefined && hooks?.executionAsyncResource() === own) return work();
  return EMPTY.runInAsyncScope(() => {
    const outer = own;
    own = new Capture();
    try {
      return own.runInAsyncScope(work);
    } finally {
      own = outer;
    }
  });
}
