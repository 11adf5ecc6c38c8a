import { describe, expect } from 'vitest';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import { runModule } from '../../../testing/run-module.js';
import { scaled } from '../../../testing/time-factor.js';
import { it } from '../../support/fixtures.js';

const LIBRARY = new URL('../../../index.ts', import.meta.url).href;
const TRANSPORT = new URL('../../../testing/transport.ts', import.meta.url).href;

/** A program that prints the resources that are left after its body, and for how long the process lingers then. */
const script = (connectString: string, body: string): string => `
  import { writeSync } from 'node:fs';
  import { DataWatch, ZooKeeperClient } from ${JSON.stringify(LIBRARY)};
  import { clientTransport } from ${JSON.stringify(TRANSPORT)};
  const print = (line) => writeSync(1, line + '\\n');
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const options = { sessionTimeout: 1_000, logger, ...clientTransport() };
  const client = new ZooKeeperClient(${JSON.stringify(connectString)}, options);
  const untilState = (wanted) => new Promise((resolve) => client.on('state', (state) => state === wanted && resolve()));
  ${body}
  const done = performance.now();
  process.on('exit', () => print('lingered ' + (performance.now() - done)));
  setImmediate(() => setImmediate(() => print('left ' + process.getActiveResourcesInfo().join())));
`;

const programs: Record<string, [body: string, fault?: (proxy: FaultProxy) => void]> = {
  'was never connected': [''],
  'was never connected and is closed': ['await client.close();'],
  'could not connect': ['await client.connect({ timeout: 200 }).catch(() => {});', (proxy) => proxy.refuse()],
  'got no answer from its server': [
    'await client.connect({ timeout: 200 }).catch(() => {});',
    (proxy) => proxy.acceptSilently(),
  ],
  'was aborted while connecting': [
    'await client.connect({ signal: AbortSignal.timeout(200) }).catch(() => {});',
    (proxy) => proxy.blackHole(),
  ],
  'is closed while connecting': [
    'client.connect().catch(() => {}); await new Promise(setImmediate); await client.close();',
    (proxy) => proxy.acceptSilently(),
  ],
  'was connected and is closed': ['await client.connect(); await client.close();'],
  'is closed with active watches and requests in flight': [
    `await client.connect();
     new DataWatch(client, '/', () => {});
     for (let nth = 0; nth < 500; nth += 1) client.exists('/' + nth, () => {}).catch(() => {});
     await client.close();`,
  ],
  'is closed while suspended': [
    "await client.connect(); const away = untilState('suspended'); print('cut'); await away; await client.close();",
  ],
  'is closed while lost': [
    "await client.connect(); const lost = untilState('lost'); print('cut'); await lost; await client.close();",
  ],
};

describe.concurrent('the process of a client', () => {
  for (const [name, [body, fault]] of Object.entries(programs)) {
    it(`that ${name} ends by itself`, async ({ proxy, chroot }) => {
      fault?.(proxy);
      const run = await runModule(script(`${proxy.connectString}${chroot}`, body), {
        onLine: (line) => {
          if (line !== 'cut') return;
          proxy.refuse();
          proxy.cut();
        },
      });
      expect(run).toMatchObject({ code: 0, errors: '' });
      const printed = (word: string): string | undefined =>
        run.lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
      expect(printed('left')?.match(/Timeout|TCP|GetAddrInfo/g) ?? []).toEqual([]);
      // The end of a process takes longer on a busy machine.
      expect(Number(printed('lingered'))).toBeLessThan(scaled(1_500));
    });
  }
});
