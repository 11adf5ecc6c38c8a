import { SECRET_VARIABLES } from './secret-files.js';
import { type Call, FACTS } from './watch-calls.js';

/** The environment of this process without its secrets, and with the servers and the call. */
export function environmentOf(call: Call, connect: string): NodeJS.ProcessEnv {
  const { aspect, path, time, event, exists, facts } = call;
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.values(SECRET_VARIABLES)) delete environment[name];
  // A variable that is `undefined` is missing: it may be that of an outer watch, whose program this process is.
  return {
    ...environment,
    ZK_RECIPES_CONNECT: connect,
    ZK_RECIPES_TYPE: aspect,
    ZK_RECIPES_PATH: path,
    ZK_RECIPES_TIME: time,
    ZK_RECIPES_EVENT: event === undefined ? undefined : (event?.type ?? ''),
    ZK_RECIPES_EXISTS: String(exists),
    ...Object.fromEntries(FACTS.map((name) => [`ZK_RECIPES_${name}`, facts[name]?.toString()])),
  };
}
