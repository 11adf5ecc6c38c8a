/** The modules of Node that code asks for which runs in browsers too. */
interface NodeModules {
  'node:async_hooks': typeof import('node:async_hooks');
  'node:crypto': typeof import('node:crypto');
  'node:diagnostics_channel': typeof import('node:diagnostics_channel');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:timers': typeof import('node:timers');
  'node:util': typeof import('node:util');
  'node:zlib': typeof import('node:zlib');
}

/** A module of Node; `undefined` in a browser. Not an import, at which browsers and their bundlers would stop. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined;
}
