/**
 * OpenTelemetry spans for each read and each call of a watch, from node:diagnostics_channel. The service's own code
 * does not change. `npx tsx examples/opentelemetry.ts`
 */
import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { DataWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

/** The message of both channels: of a read, and of a call of the watch's function. */
interface Operation {
  readonly path: string;
  readonly aspect: string;
  readonly event?: { readonly type: string } | null;
}

function traceWatches(tracer: Tracer): void {
  for (const name of ['read', 'deliver']) {
    const spans = new WeakMap<Operation, Span>();
    tracingChannel<unknown, Operation>(`zk-recipes:watch:${name}`).subscribe({
      start(operation) {
        const { aspect, path, event } = operation;
        const attributes = { 'zookeeper.path': path, ...(event && { 'zookeeper.event': event.type }) };
        spans.set(operation, tracer.startSpan(`${name} ${aspect}`, { attributes }));
      },
      error(operation) {
        spans.get(operation)?.setStatus({ code: SpanStatusCode.ERROR, message: String(operation.error) });
      },
      end() {},
      asyncStart() {},
      // Comes last, even for a function that returns no promise.
      asyncEnd: (operation) => spans.get(operation)?.end(),
    });
  }
}

// ---------- The exporter: a service has one of @opentelemetry/exporter-trace-otlp-http here ----------

const printer: SpanExporter = {
  export(spans, done) {
    for (const { name, attributes, status } of spans) {
      say('span', `${name} ${Object.values(attributes).join(' ')}: ${status.message ?? 'ok'}`);
    }
    done({ code: 0 });
  },
  async shutdown() {},
};

// ---------- The service, and the outside world ----------

const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(printer)] });
traceWatches(provider.getTracer('zk-recipes'));
subscribe('zk-recipes:client:state', (message) => say('metric', `client ${(message as { state: string }).state}`));

await inSandbox(async ({ connectString, logger }) => {
  chapter('The service starts');
  await using client = await new ZooKeeperClient(connectString, { logger }).connect();
  let limit: number | undefined;
  const watch = new DataWatch(client, '/shop/limit', (data) => {
    limit = data === null ? 10 : JSON.parse(data.toString());
  });
  let failures = 0;
  watch.on('error', () => {
    failures += 1;
  });
  await watch.ready;

  chapter('The limit is set');
  await client.create('/shop/limit', '20', { makePath: true });
  await eventually(() => limit === 20);

  chapter('The limit is set to nonsense: the function throws, and the watch goes on');
  await client.setData('/shop/limit', 'twenty');
  await eventually(() => failures === 1);
});
await provider.shutdown();
