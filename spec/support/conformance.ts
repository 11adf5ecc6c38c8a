import { describe } from 'vitest';
import { type CoordinationClient, ZooKeeperClient } from '../../index.js';
import { type ConformanceEnvironment, conformanceTests } from '../../testing/conformance/index.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { clientTransport } from '../../testing/transport.js';
import { it } from './fixtures.js';

/** How a client under test is made and ended. */
export interface Kind {
  readonly name: string;
  readonly session?: ConformanceEnvironment['session'];
  readonly faults?: ConformanceEnvironment['faults'];
  /** @param connectString leads through a proxy, to the spec's chroot */
  connect(connectString: string, port: number): Promise<KindOfSubject>;
}

interface KindOfSubject {
  readonly client: CoordinationClient;
  close(): Promise<void> | void;
  expire?(): Promise<void>;
}

/** Defines the tests of the conformance suite for a client. */
export function describeConformance({ name, session, faults = ['cut', 'expire'], connect }: Kind): void {
  const names = conformanceTests({ connect: neverCalled, other: undefined as never, faults }).map((test) => test.name);
  describe(`${name} as a CoordinationClient`, () => {
    it.for(names)('%s', async (claim, { port, chroot, other }) => {
      await using proxy = await FaultProxy.listen({ port });
      const environment: ConformanceEnvironment = {
        connect: async () => {
          const subject = await connect(`${proxy.connectString}${chroot}`, port);
          return { ...subject, close: () => subject.close(), cut: () => proxy.cut() };
        },
        other,
        faults,
        ...(session && { session }),
      };
      await conformanceTests(environment)
        .find((test) => test.name === claim)
        ?.run();
    });
  });
}

function neverCalled(): Promise<never> {
  throw new Error('only the names are wanted');
}

/** A client of this package, connected. */
export function connectOurs(connectString: string): Promise<ZooKeeperClient> {
  const options = { sessionTimeout: 4_000, logger: new RecordingLogger(), ...clientTransport() };
  return new ZooKeeperClient(connectString, options).connect();
}
