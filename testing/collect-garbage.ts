import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Lets the engine collect what is garbage, at once. */
export const collectGarbage = runInNewContext('gc') as () => void;
