import { SECRET_VARIABLES } from './secret-files.js';
import type { Call } from './watch-calls.js';

/** The variables that describe a call; one that does not apply is missing. */
const VARIABLES: Readonly<Record<string, (call: Call) => string | undefined>> = {
  ZK_RECIPES_TYPE: ({ aspect }) => aspect,
  ZK_RECIPES_PATH: ({ path }) => path,
  ZK_RECIPES_TIME: ({ time }) => time,
  ZK_RECIPES_EVENT: ({ event }) => event?.type ?? '',
  ZK_RECIPES_EXISTS: ({ text }) => String(text !== null),
  ZK_RECIPES_VERSION: ({ stat }) => stat?.version.toString(),
  ZK_RECIPES_MZXID: ({ stat }) => stat?.mzxid.toString(),
};

/** The environment of this process without its secrets, and with the servers and the call. */
export function environmentOf(call: Call, connect: string): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, ZK_RECIPES_CONNECT: connect };
  for (const name of Object.values(SECRET_VARIABLES)) delete environment[name];
  // Those of an outer watch, whose program this process is, must not stay.
  for (const [name, read] of Object.entries(VARIABLES)) environment[name] = read(call);
  return environment;
}
