interface Exclusion {
  readonly files: readonly string[];
  /** Those that are left out, by their names; by default all of the files. */
  readonly specs?: RegExp;
  readonly reason: string;
}

const FRAMES = 'the proxy changes or counts frames, which it cannot read over TLS';

/** The specs on the real server that cannot run over TLS: `SPEC_TRANSPORT=mtls` leaves them out. */
export const NOT_OVER_TLS: readonly Exclusion[] = [
  {
    files: ['spec/lib/zookeeper/connection/malformed-replies.servers.spec.ts'],
    specs: /^a faulty reply/,
    reason: FRAMES,
  },
  {
    files: ['spec/lib/zookeeper/connection/malformed-replies.servers.spec.ts'],
    specs: /instead of a handshake end only that attempt$/,
    reason: 'over TLS, bytes that are not a handshake are another error, which the specs of TLS have',
  },
  {
    files: ['spec/lib/zookeeper/connection/implausible-replies.servers.spec.ts'],
    specs: /^an implausible reply/,
    reason: FRAMES,
  },
  {
    files: ['spec/lib/zookeeper/requests-faults.servers.spec.ts'],
    specs: /^an error code in a reply/,
    reason: FRAMES,
  },
  {
    files: ['spec/lib/zookeeper/closing.servers.spec.ts'],
    specs: /when the client is re-arming its watches$/,
    reason: FRAMES,
  },
  {
    files: ['spec/recipes/watches/contract-10-many-watches.servers.spec.ts'],
    specs: /read once per change for \d+ watches$/,
    reason: FRAMES,
  },
  {
    files: ['spec/lib/zookeeper/read-many.servers.spec.ts'],
    specs: /goes on over a cut$/,
    reason: FRAMES,
  },
  {
    files: ['spec/recipes/tree/recovery.servers.spec.ts'],
    specs: /for at most a request per 100 znodes besides theirs$/,
    reason: FRAMES,
  },
  {
    files: ['spec/lib/zookeeper/session/event-zxid.servers.spec.ts'],
    specs: /^an event with a transaction that no server can have/,
    reason: FRAMES,
  },
  {
    files: ['spec/lib/zookeeper/session/session-moved.servers.spec.ts'],
    reason: FRAMES,
  },
  {
    files: ['spec/recipes/blobs/b1-put.servers.spec.ts'],
    specs: /has at most 2 MiB of chunks on their way$/,
    reason: FRAMES,
  },
  {
    files: ['spec/recipes/blobs/b3-truth.servers.spec.ts', 'spec/recipes/blobs/b4-aborted-and-lost.servers.spec.ts'],
    reason: FRAMES,
  },
  {
    files: ['spec/recipes/blobs/b7-garbage.servers.spec.ts'],
    specs: /crashes at any step, and no more$/,
    reason: FRAMES,
  },
  {
    files: [
      'spec/lib/zookeeper/connection/tls.servers.spec.ts',
      'spec/lib/embedded/differential/tls.real.spec.ts',
      'spec/testing/zookeeper-server-tls.real.spec.ts',
    ],
    reason: 'they have certificates of their own, and servers with TLS and without',
  },
  {
    files: [
      'spec/lib/embedded/differential.real.spec.ts',
      'spec/lib/embedded/differential/arguments.real.spec.ts',
      'spec/lib/embedded/differential/examples.real.spec.ts',
      'spec/lib/embedded/differential/four-letter-words.real.spec.ts',
      'spec/lib/embedded/differential/sasl.real.spec.ts',
      'spec/lib/embedded/differential/server-changes.real.spec.ts',
      'spec/lib/embedded/differential/watches.real.spec.ts',
      'spec/lib/embedded/foreign-clients/zkcli.servers.spec.ts',
      'spec/testing/fault-proxy.servers.spec.ts',
      'spec/testing/find-zookeeper.real.spec.ts',
      'spec/testing/zookeeper-ensemble.real.spec.ts',
      'spec/testing/zookeeper-server-sasl.real.spec.ts',
      'spec/testing/zookeeper-server.real.spec.ts',
    ],
    reason: 'they are about servers and the tools of the specs, and have no client of the library',
  },
];

/** The exclusion of a spec of a file; `undefined` where it runs over TLS. */
export function exclusionOf(file: string, name: string): Exclusion | undefined {
  return NOT_OVER_TLS.find(({ files, specs }) => files.includes(file) && (specs?.test(name) ?? true));
}
