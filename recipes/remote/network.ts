/**
 * Calls back when the network of a page has gone, and when it is back. Elsewhere there are no such events. Returns a
 * function that ends it.
 */
export function onNetwork(listener: (isThere: boolean) => void): () => void {
  const { addEventListener, removeEventListener } = globalThis as { [name: string]: unknown };
  if (typeof addEventListener !== 'function' || typeof removeEventListener !== 'function') return () => {};
  const listeners = { offline: () => listener(false), online: () => listener(true) };
  for (const [event, each] of Object.entries(listeners)) addEventListener.call(globalThis, event, each);
  return () => {
    for (const [event, each] of Object.entries(listeners)) removeEventListener.call(globalThis, event, each);
  };
}
