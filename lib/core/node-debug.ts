import { nodeModule } from './node-module.js';

/** Prints a line on standard error, with `NODE_DEBUG=zk-recipes` in the environment. Missing in a browser. */
export const debug = nodeModule('node:util')?.debuglog('zk-recipes');
