import type { Chronicle } from './chronicle.js';
import type { Servers } from './servers.js';

/** Checks that the proxies of a run over TLS have seen nothing else. */
export async function checkTraffic({ proxies }: Servers, chronicle: Chronicle): Promise<void> {
  const reports = await Promise.all(proxies.map((proxy) => proxy.traffic()));
  const seen = reports.flatMap((report) => report ?? []);
  for (const breach of seen.flatMap(({ breaches }) => breaches)) chronicle.violation(`on a TLS connection, ${breach}`);
  if (seen.length > 0) {
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
    chronicle.secured = {
      connections: sum(seen.map(({ connections }) => connections)),
      bytes: sum(seen.map(({ bytes }) => bytes)),
    };
  }
}
