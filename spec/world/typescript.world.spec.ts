import { beforeAll, describe, expect, it } from 'vitest';
import { TYPESCRIPT_VERSIONS } from '../../testing/supported-versions.js';
import { Consumer } from './consumer.js';

const USE = `
import {
  ChildrenWatch, childrenWatch, DataWatch, dataWatch, NoNodeError, PatientChildrenWatch, type Stat, watchesOf, ZooKeeperClient, ZooKeeperError,
} from 'zk-recipes';
import { EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from 'zk-recipes/embedded';

export async function serve(options: EmbeddedZooKeeperOptions): Promise<number> {
  await using server = await EmbeddedZooKeeper.start(options);
  return server.port;
}

class Service {
  constructor(readonly client: ZooKeeperClient) {}

  @dataWatch((self: Service) => self.client, '/config')
  onConfig(data: Buffer | null): void {
    console.log(data?.length);
  }

  @childrenWatch((self: Service) => self.client, () => '/workers', { waitForNode: true })
  onWorkers(workers: string[] | null): void {
    console.log(workers?.length);
  }
}

export async function main(): Promise<string[]> {
  const client = new ZooKeeperClient('127.0.0.1:2181', { sessionTimeout: 5_000, auth: [{ scheme: 'digest', auth: 'a:b' }] });
  client.on('state', (state) => console.log(state === 'connected'));
  const texts: string[] = [JSON.stringify(client)];
  using watch = new DataWatch(client, '/config', (data: Buffer | null, stat: Stat | null, event) => {
    if (stat) texts.push(JSON.stringify(stat), String(stat.version + (data?.length ?? 0)));
    return event?.type !== 'NodeDeleted';
  });
  watch.on('stop', (reason) => console.log(reason === 'returned-false'));
  for (const each of watchesOf(new Service(client))) each.stop();
  for await (const { children } of new ChildrenWatch(client, '/workers')) if (children.length > 0) break;
  try {
    const { children, changed } = await new PatientChildrenWatch(client, '/workers', { timeBoundary: 100 }).start();
    await changed;
    return [...children, ...texts];
  } catch (error) {
    if (error instanceof NoNodeError) return [error.path ?? error.code];
    if (error instanceof ZooKeeperError && error.retryable) return [];
    throw error;
  }
}
`;

const OPTIONS = { target: 'es2022', strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false };

const RESOLUTIONS = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

describe.each(TYPESCRIPT_VERSIONS)('TypeScript %s', (version) => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.install(`typescript@${version}`);
    await consumer.write('use.ts', USE);
    return () => consumer.remove();
  });

  it.each(Object.keys(RESOLUTIONS) as (keyof typeof RESOLUTIONS)[])('compiles a user with %s', async (resolution) => {
    const config = { compilerOptions: { ...OPTIONS, ...RESOLUTIONS[resolution] }, files: ['use.ts'] };
    await consumer.write(`tsconfig.${resolution}.json`, JSON.stringify(config));
    expect((await consumer.run('npx', 'tsc', '--version')).output).toContain(`Version ${version}`);
    expect(await consumer.run('npx', 'tsc', '-p', `tsconfig.${resolution}.json`)).toEqual({ code: 0, output: '' });
  });

  it('reports the misuse of a watch in it', async () => {
    const misuse = `import { DataWatch } from 'zk-recipes';\nnew DataWatch(7, '/a', (data: string) => data);\n`;
    await consumer.write('misuse.ts', misuse);
    const config = { compilerOptions: { ...OPTIONS, ...RESOLUTIONS.nodenext }, files: ['misuse.ts'] };
    await consumer.write('tsconfig.misuse.json', JSON.stringify(config));
    const { code, output } = await consumer.run('npx', 'tsc', '-p', 'tsconfig.misuse.json');
    expect(code).not.toBe(0);
    expect(output).toMatch(/misuse\.ts\(2,/);
  });
});
