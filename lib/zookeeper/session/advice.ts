/** The advice on an attempt to connect that failed, by the code of its error. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'no server listens there: start ZooKeeper or correct the connect string; for development, `npx zk-recipes serve` ' +
    'starts a server',
  ENOTFOUND: 'there is no such host: correct the connect string',
  EAI_AGAIN: 'the name server does not answer: check the name and the network',
  ETIMEDOUT: 'the host does not answer: check the address, the network and the firewalls',
  EHOSTUNREACH: 'there is no way to the host: check the address and the network',
};

/** The advice on the reason of a failed attempt, for the end of a message; empty where there is none. */
export function adviceOn(reason: unknown): string {
  for (let error = reason; error instanceof Error; error = error.cause) {
    const { code } = error as { code?: unknown };
    const advice = typeof code === 'string' ? ADVICE[code] : undefined;
    if (advice !== undefined) return `; ${advice}`;
  }
  return '';
}
