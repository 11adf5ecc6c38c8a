/** A number of a document that is none of the library's limits. It must occur there. */
export interface AllowedNumber {
  readonly document: string;
  /** A heading, for all that is below it. */
  readonly section?: string;
  /** The number and its unit, in lower case; without it, all numbers of the document or the section. */
  readonly phrase?: string;
  readonly reason: string;
}

const LARGEST_REQUEST = "the default of a server's jute.maxbuffer, rounded";
const PACKAGE_SIZE = 'the size of another package on disk';

export const ALLOWED_NUMBERS: readonly AllowedNumber[] = [
  {
    document: 'README.md',
    section: 'Figures',
    reason: 'figures of docs/performance.md and docs/reliability.md, each beside its run there',
  },
  { document: 'docs/performance.md', reason: 'results of the bench, each beside the run that gave it' },
  { document: 'docs/reliability.md', section: 'Figures', reason: 'results of runs of the simulation and of chaos' },

  { document: 'docs/behaviour.md', phrase: '4 s', reason: 'the sum of the pauses of CLIENT.retry, on average' },
  {
    document: 'docs/behaviour.md',
    phrase: '1,048,500 bytes',
    reason: 'WIRE.longestRequest less the rest of a SetWatches, rounded',
  },
  { document: 'docs/attacks.md', phrase: '256 mb', reason: 'the heap of the processes of spec/attacks/fuzz' },
  { document: 'docs/command.md', phrase: 'one second', reason: 'held by spec/lib/cli/early-end.embedded.spec.ts' },

  { document: 'docs/dependencies.md', phrase: '81 kib', reason: PACKAGE_SIZE },
  { document: 'docs/dependencies.md', phrase: '2.2 mib', reason: PACKAGE_SIZE },
  { document: 'docs/dependencies.md', phrase: '86 kib', reason: PACKAGE_SIZE },
  { document: 'docs/dependencies.md', phrase: '158 kib', reason: PACKAGE_SIZE },

  { document: 'docs/production.md', section: 'Timeouts', reason: "defaults of ZooKeeper's servers, and advice" },
  { document: 'docs/production.md', phrase: 'ten minutes', reason: 'advice for an alert' },
  { document: 'docs/loop-by-hand.md', phrase: '1 mib', reason: LARGEST_REQUEST },
  { document: 'docs/troubleshooting.md', phrase: '1 mib', reason: LARGEST_REQUEST },
  { document: 'docs/troubleshooting.md', phrase: '20 ticks', reason: "a real server's default maxSessionTimeout" },
  { document: 'docs/migrating-from-node-zookeeper-client.md', phrase: '1 mib', reason: LARGEST_REQUEST },
  {
    document: 'docs/migrating-from-node-zookeeper-client.md',
    phrase: '1,000 requests',
    reason: 'where the queue of node-zookeeper-client becomes slow, as measured',
  },
  { document: 'docs/migrating-from-node-zookeeper-client.md', phrase: '8 bytes', reason: "a long of ZooKeeper's wire" },

  { document: 'docs/reliability.md', phrase: 'one second', reason: 'held by every spec of spec/attacks/faults' },
  { document: 'docs/reliability.md', phrase: '500 ms', reason: 'the margin of spec/attacks/faults for a busy machine' },
  { document: 'docs/reliability.md', phrase: '100 ms', reason: 'as measured, which the sentence says' },
  { document: 'docs/reliability.md', phrase: '620 ms', reason: 'as measured, which the sentence says' },
  { document: 'docs/reliability.md', phrase: '200 ms', reason: 'the name of a fault, which a spec holds' },
  { document: 'docs/reliability.md', phrase: 'one seconds', reason: "an election's time, as measured" },
  { document: 'docs/reliability.md', phrase: 'six seconds', reason: "an election's time, as measured" },
  {
    document: 'docs/reliability.md',
    phrase: '1.5 t',
    reason: 'the shortest block of the event loop in the specs of faults',
  },
  { document: 'docs/reliability.md', phrase: '2 s', reason: "syncLimit of the specs' ensemble" },

  { document: 'docs/reliability.md', section: 'A busy event loop', reason: 'held by busy-loop.attack.spec.ts' },
  {
    document: 'docs/reliability.md',
    section: 'Questions without an answer',
    reason: 'held by unanswered.attack.spec.ts',
  },

  { document: 'docs/reliability.md', phrase: '0.1 t', reason: 'held by slow-handshakes.attack.spec.ts' },
  { document: 'docs/reliability.md', phrase: '0.2 t', reason: 'held by slow-handshakes.attack.spec.ts' },
  { document: 'docs/reliability.md', phrase: '0.45 t', reason: 'held by slow-handshakes.attack.spec.ts' },
  { document: 'docs/reliability.md', phrase: '0.6 t', reason: 'held by slow-handshakes.attack.spec.ts' },
  { document: 'docs/reliability.md', phrase: '5 s', reason: 'a resolver of names.attack.spec.ts' },
  { document: 'docs/reliability.md', phrase: '1 s', reason: 'held by names.attack.spec.ts' },
  { document: 'docs/behaviour.md', phrase: '0.6 t', reason: 'held by slow-handshakes.attack.spec.ts' },
  { document: 'docs/behaviour.md', phrase: '10 s', reason: "the time-out of Linux's resolver: twice five seconds" },

  { document: 'docs/testing-your-code.md', phrase: '20 ms', reason: 'an example of an option' },
];
