/** A number of a document that is none of the library's limits. Every one that it names must be there. */
export interface AllowedNumber {
  readonly document: string;
  /** A heading, for all that is below it. */
  readonly section?: string;
  /** The number and its unit, in lower case; without it, all numbers of the document or the section. */
  readonly phrase?: string;
  readonly reason: string;
}

export const ALLOWED_NUMBERS: readonly AllowedNumber[] = [
  { document: 'docs/performance.md', reason: 'results of the bench, each beside the run that gave it' },
  { document: 'docs/behaviour.md', phrase: '25 ms', reason: 'half of SESSION.reconnect.minDelay: jitter' },
  { document: 'docs/behaviour.md', phrase: '250 ms', reason: 'half of SESSION.reconnect.maxDelay: jitter' },
  { document: 'docs/behaviour.md', phrase: '4 s', reason: 'the sum of the pauses of CLIENT.retry, on average' },
  { document: 'docs/behaviour.md', phrase: '1,048,500 bytes', reason: 'WIRE.longestRequest less a header, rounded' },
  { document: 'docs/command.md', phrase: 'one second', reason: 'the grace of lib/cli/early-end.ts' },
  { document: 'docs/dependencies.md', reason: 'sizes of other packages' },
  { document: 'docs/errors.md', phrase: '1 mib', reason: 'WIRE.longestRequest, rounded' },
  { document: 'docs/migrating-from-node-zookeeper-client.md', phrase: '1 mib', reason: 'WIRE.longestRequest, rounded' },
  { document: 'docs/migrating-from-node-zookeeper-client.md', phrase: '8 bytes', reason: 'of the other client' },
  { document: 'docs/migrating-from-node-zookeeper-client.md', phrase: '1,000 requests', reason: 'of the other client' },
  { document: 'docs/reliability.md', section: 'The table of faults', reason: 'bounds that the specs of faults assert' },
  { document: 'docs/reliability.md', section: 'Figures', reason: 'results of runs of the simulation and of chaos' },
  { document: 'docs/testing-your-code.md', phrase: '20 ms', reason: 'an example of an option' },
  { document: 'docs/testing-your-code.md', phrase: '15 s', reason: 'a handshake timeout and one round of its check' },
  { document: 'docs/troubleshooting.md', phrase: '20 ticks', reason: 'a default of ZooKeeper' },
  { document: 'docs/troubleshooting.md', phrase: '1 mib', reason: 'WIRE.longestRequest, rounded' },
];
