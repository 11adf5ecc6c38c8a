const name = 'require';
const isMissing = !(name in globalThis);

/**
 * node-zookeeper-client requires modules of Node. In an ES module that esbuild makes of an application, such a call
 * finds no `require` but a global one: there is one from here until {@link endRequire}.
 */
if (isMissing) {
  const value = (id: string): unknown => process.getBuiltinModule(id);
  Object.defineProperty(globalThis, name, { value, configurable: true });
}

/** Removes the global `require` again. */
export function endRequire(): void {
  if (isMissing) Reflect.deleteProperty(globalThis, name);
}
