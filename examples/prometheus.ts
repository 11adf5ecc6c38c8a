/**
 * A Prometheus endpoint: the figures of a client in the text format, by prom-client. They are read when Prometheus asks
 * for them. `npx tsx examples/prometheus.ts`
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Registry } from 'prom-client';
import { type ClientMetrics, DataWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

/** The labels of a time series, and its value. */
type Series = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly series: (figures: ClientMetrics) => readonly Series[];
}

/** A name that ends like one of a counter, or of a part of a histogram, is a counter's. */
const METRICS: readonly Metric[] = [
  {
    name: 'zookeeper_client_state',
    help: 'Whether the client is in the state',
    labels: ['state'],
    series: ({ state, statesEntered }) =>
      Object.keys(statesEntered).map((each) => [{ state: each }, each === state ? 1 : 0]),
  },
  {
    name: 'zookeeper_client_states_entered_total',
    help: 'How often the client has entered the state; lost counts sessions',
    labels: ['state'],
    series: ({ statesEntered }) => Object.entries(statesEntered).map(([state, times]) => [{ state }, times]),
  },
  {
    name: 'zookeeper_client_requests_total',
    help: 'Requests by operation and outcome: ok, or the code of the error',
    labels: ['operation', 'outcome'],
    series: ({ requests }) =>
      Object.entries(requests).flatMap(([operation, { succeeded, failed }]) =>
        Object.entries({ ok: succeeded, ...failed }).map(
          ([outcome, times]) => [{ operation, outcome }, times] as const,
        ),
      ),
  },
  {
    // The buckets are cumulative, as Prometheus wants them.
    name: 'zookeeper_client_request_duration_seconds_bucket',
    help: 'Requests that were answered within the bound',
    labels: ['operation', 'le'],
    series: ({ requests }) =>
      Object.entries(requests).flatMap(
        ([
          operation,
          {
            latency: { buckets, count },
          },
        ]) => [
          ...buckets.map((bucket) => [{ operation, le: String(bucket.le / 1_000) }, bucket.count] as const),
          [{ operation, le: '+Inf' }, count] as const,
        ],
      ),
  },
  {
    name: 'zookeeper_client_request_duration_seconds_sum',
    help: 'Time from the submission of requests to their answers',
    labels: ['operation'],
    series: ({ requests }) =>
      Object.entries(requests).map(([operation, { latency }]) => [{ operation }, latency.sum / 1_000]),
  },
  {
    name: 'zookeeper_client_request_duration_seconds_count',
    help: 'Requests that were answered',
    labels: ['operation'],
    series: ({ requests }) =>
      Object.entries(requests).map(([operation, { latency }]) => [{ operation }, latency.count]),
  },
  {
    name: 'zookeeper_client_queue_length',
    help: 'Requests that wait for a connection, and that are in flight',
    labels: ['queue'],
    series: ({ queue: { waiting, inFlight } }) => [
      [{ queue: 'waiting' }, waiting],
      [{ queue: 'in_flight' }, inFlight],
    ],
  },
  {
    name: 'zookeeper_client_watches',
    help: 'Running watches',
    labels: ['kind'],
    series: ({ watches }) => Object.entries(watches).map(([kind, { running }]) => [{ kind }, running]),
  },
  {
    name: 'zookeeper_client_failed_calls_total',
    help: 'Calls of the functions of watches that threw',
    labels: ['kind'],
    series: ({ watches }) => Object.entries(watches).map(([kind, { failedCalls }]) => [{ kind }, failedCalls]),
  },
];

/** Registers the figures of a client. Each metric is collected anew at each scrape: the client does the counting. */
function registerClient(registry: Registry, client: ZooKeeperClient): void {
  for (const { name, help, labels, series } of METRICS) {
    const configuration = { name, help, labelNames: [...labels], registers: [registry] };
    const isCounter = /_(total|bucket|sum|count)$/.test(name);
    const collect = function (this: Counter | Gauge): void {
      this.reset();
      for (const [values, value] of series(client.metrics())) this.inc(values, value);
    };
    if (isCounter) new Counter({ ...configuration, collect });
    else new Gauge({ ...configuration, collect });
  }
}

/** Answers `GET /metrics`. */
async function serveMetrics(registry: Registry): Promise<Server> {
  const server = createServer(async (_request, response) => {
    response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

// ---------- The service ----------

await inSandbox(async ({ connectString, logger, expireSession }) => {
  chapter('The service starts');
  const client = await new ZooKeeperClient(connectString, { logger }).connect();
  const registry = new Registry();
  registerClient(registry, client);
  const server = await serveMetrics(registry);
  const watch = new DataWatch(client, '/shop/limit', (data) => void JSON.parse(String(data ?? 10)));
  let failures = 0;
  watch.on('error', () => {
    failures += 1;
  });
  await watch.ready;

  // ---------- The outside world: Prometheus, an operator, and an expiring session ----------

  const { port } = server.address() as AddressInfo;
  const scrape = async (pattern: RegExp): Promise<void> => {
    const lines = (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n');
    for (const line of lines) if (pattern.test(line)) say('scraped', line);
  };
  await scrape(/^zookeeper_client_(state\{.* 1$|watches\{kind="data"|requests.*getData)/);

  chapter('The limit is set to nonsense, and the session expires');
  await client.create('/shop/limit', 'twenty', { makePath: true });
  await eventually(() => failures === 1);
  await expireSession(client);
  await eventually(() => client.metrics().statesEntered.lost === 1 && client.state === 'connected');
  await scrape(/^zookeeper_client_(states_entered_total\{state="lost"|failed_calls_total\{kind="data")/);

  await client.close();
  await scrape(/^zookeeper_client_state\{.* 1$/);
  server.close();
});
