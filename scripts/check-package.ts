/**
 * Packs the package, installs it into an empty folder like a user, and uses it there: imports each of its entries from
 * JavaScript, compiles TypeScript against them under nodenext, and runs its command.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformWithEsbuild } from 'vite';
import { sizesOf } from './house/entry-sizes.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** The only files that the package may contain. */
const PUBLISHED =
  /^(package\.json|(README|CHANGELOG|SECURITY)\.md|LICENSE|dist\/(index|(lib|recipes|testing\/conformance)\/.*)\.(js|js\.map|d\.ts))$/;

const JAVASCRIPT = `
import { strict as assert } from 'node:assert';
import * as zk from 'zk-recipes';
import { BlobNotFoundError, BlobStorage } from 'zk-recipes/blobs';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';
import { createEventGateway, toNodeListener } from 'zk-recipes/http';
import { makePoller } from 'zk-recipes/pollers';
import { subscribe } from 'zk-recipes/remote';
import { conformanceTests } from 'zk-recipes/testing';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
assert.equal(createRequire(import.meta.url)('zk-recipes/package.json').name, 'zk-recipes');
const client = new zk.ZooKeeperClient('127.0.0.1:1', { sessionTimeout: 300 });
const watch = new zk.DataWatch(client, '/config', () => {});
await assert.rejects(client.connect({ timeout: 200 }), zk.ConnectTimeoutError);
await client.close();
await assert.rejects(watch.ready, zk.ClientClosedError);
const server = await EmbeddedZooKeeper.start();
const user = await new zk.ZooKeeperClient(server.connectString).connect();
assert.equal(await user.create('/config', 'v1'), '/config');
assert.equal(String((await user.getData('/config')).data), 'v1');
const blobs = new BlobStorage(user);
await assert.rejects(blobs.file('config.json').read(), BlobNotFoundError);
const { etag } = await blobs.put('config.json', JSON.stringify({ port: 80 }), { mediaType: 'application/json' });
assert.deepEqual(await (await blobs.get('config.json')).readJson(), { port: 80 });
assert.equal((await blobs.info('config.json')).etag, etag);
const connect = async () => {
  const client = await new zk.ZooKeeperClient(server.connectString).connect();
  return { client, close: () => client.close() };
};
const claims = conformanceTests({ connect, other: user });
await claims[0].run();
const gateway = createEventGateway(user, '/');
const http = createServer(toNodeListener(gateway.handler)).on('upgrade', gateway.upgrade);
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
const paths = [];
const remote = subscribe(\`http://127.0.0.1:\${http.address().port}/events\`, null, ({ path }) => void paths.push(path));
await remote.ready;
assert.equal(remote.transport, 'websocket');
await user.create('/remote', 'v1');
while (paths.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
assert.deepEqual(paths, ['/remote']);
await remote.close();
const poller = await makePoller(\`zk://\${server.connectString}/remote\`, { recurse: true });
await user.create('/remote/child', 'v1');
assert.deepEqual((await poller.getNewEvents()).map(({ type, size }) => [type, size]), [['created', 2]]);
await poller.close();
await gateway.close();
http.close();
await user.close();
await server.close();
console.log('used from JavaScript');
`;

/** For the entry whose package the user has to install. */
const JAVASCRIPT_ADAPTER = `
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import nodeZooKeeperClient from 'node-zookeeper-client';
import { DataWatch } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';
import { fromNodeZooKeeperClient, NodeZooKeeperClientAdapter } from 'zk-recipes/node-zookeeper-client';
const server = await EmbeddedZooKeeper.start();
const adapter = fromNodeZooKeeperClient(() => nodeZooKeeperClient.createClient(server.connectString));
assert(adapter instanceof NodeZooKeeperClientAdapter);
await once(adapter, 'state');
await adapter.create('/config', 'v1');
const values = [];
await new DataWatch(adapter, '/config', (data) => void values.push(String(data))).ready;
assert.deepEqual(values, ['v1']);
await adapter.close();
await server.close();
console.log('used on node-zookeeper-client');
`;

const TYPESCRIPT = `
import { ChildrenWatch, DataWatch, NoNodeError, PatientChildrenWatch, type Stat, ZooKeeperClient } from 'zk-recipes';
import { type BlobFile, type BlobStore, BlobStorage, BlobValue } from 'zk-recipes/blobs';
import { EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from 'zk-recipes/embedded';
import { createBlobHandler, createEventGateway, type EventGateway } from 'zk-recipes/http';
import { fromNodeZooKeeperClient, type NodeZooKeeperClient } from 'zk-recipes/node-zookeeper-client';
import { makePoller, type Poller } from 'zk-recipes/pollers';
import { RemoteBlobStorage, subscribe } from 'zk-recipes/remote';
import { type ConformanceEnvironment, conformanceTests, type CoordinationClient } from 'zk-recipes/testing';

export const faces = { createBlobHandler, RemoteBlobStorage, subscribe };

export async function poll(url: string, client: ZooKeeperClient): Promise<EventGateway> {
  const poller: Poller = await makePoller(url, { recurse: true });
  await poller.close();
  return createEventGateway(client, '/');
}

export function watchOn(client: NodeZooKeeperClient): DataWatch {
  return new DataWatch(fromNodeZooKeeperClient(client), '/config', (data) => data !== null);
}

export async function test(environment: ConformanceEnvironment): Promise<CoordinationClient> {
  for (const { name, run } of conformanceTests(environment)) await run().then(() => console.log(name));
  return environment.other;
}

export async function copy(client: ZooKeeperClient, value: BlobValue): Promise<number> {
  const blobs: BlobStore = new BlobStorage(client, { maxBlobSize: 1_000_000 });
  const watch = blobs.watch('a', (file: BlobFile | null) => file === null, { maxIdleTimeout: Infinity });
  watch.on('stop', (reason) => console.log(reason === 'returned-false'));
  const { size } = await blobs.put('a', value, { ifNoneMatch: '*' });
  return size;
}

export async function serve(options: EmbeddedZooKeeperOptions): Promise<number> {
  await using server = await EmbeddedZooKeeper.start(options);
  server.freeze();
  server.thaw();
  return server.port;
}

export async function main(): Promise<string[]> {
  const client = new ZooKeeperClient('127.0.0.1:2181', { sessionTimeout: 5_000 });
  client.on('state', (state) => console.log(state === 'connected'));
  const versions: number[] = [];
  const watch = new DataWatch(client, '/config', (data: Buffer | null, stat: Stat | null, event) => {
    if (stat) versions.push(stat.version + (data?.length ?? 0));
    return event?.type !== 'NodeDeleted';
  });
  watch.on('stop', (reason) => console.log(reason === 'returned-false'));
  new ChildrenWatch(client, '/workers', (children) => children.length > 0);
  try {
    const { children, changed } = await new PatientChildrenWatch(client, '/workers', { timeBoundary: 1 }).start();
    await changed;
    return children;
  } catch (error) {
    if (error instanceof NoNodeError) return [error.path ?? error.code];
    throw error;
  }
}
`;

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2022',
    strict: true,
    noEmit: true,
  },
  files: ['use.ts'],
});

interface PackReport {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

/** The largest packed package, in bytes. */
const LARGEST_PACKAGE = 450_000;
/** The files that package.json publishes for import and as a command, the main one first. */
const ENTRIES = [
  'dist/index.js',
  'dist/recipes/blobs/index.js',
  'dist/lib/embedded/index.js',
  'dist/lib/http/index.js',
  'dist/recipes/pollers/index.js',
  'dist/recipes/remote/index.js',
  'dist/lib/node-zookeeper-client/index.js',
  'dist/testing/conformance/index.js',
  'dist/lib/cli/main.js',
];

/** The longest line of published code. Only those that import and export for other files may be longer. */
const LONGEST_LINE = 250;

/** The published code by file. */
async function readCode({ files }: PackReport): Promise<Map<string, string>> {
  const scripts = files.map(({ path }) => path).filter((path) => path.endsWith('.js'));
  return new Map(
    await Promise.all(scripts.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)),
  );
}

/** Published code is read in stacks and debuggers. */
function checkLines(code: ReadonlyMap<string, string>): void {
  for (const [path, text] of code) {
    const longest = text.split('\n').find((line) => line.length > LONGEST_LINE && !/^(import|export) \{/.test(line));
    if (longest) throw new Error(`${path} has a line of ${longest.length} characters: ${longest.slice(0, 80)}...`);
  }
}

/** Measures the code as an application ships it: a bundler leaves out comments, and shortens names. */
async function checkSizes(code: ReadonlyMap<string, string>): Promise<void> {
  const shipped = [...code].map(async ([path, text]) => {
    return [path, (await transformWithEsbuild(text, path, { minify: true, legalComments: 'none' })).code] as const;
  });
  for (const { entry, bytes, most } of sizesOf(new Map(await Promise.all(shipped)), ENTRIES)) {
    console.log(`${entry}: ${bytes} bytes of code`);
    if (bytes > most) throw new Error(`${entry} has more than ${most} bytes of code`);
  }
}

/** A registry shows them without the documents that they link to. */
async function checkLinks(folder: string): Promise<void> {
  for (const name of ['README.md', 'CHANGELOG.md', 'SECURITY.md']) {
    const document = await readFile(join(folder, 'node_modules', 'zk-recipes', name), 'utf8');
    const relative = /\]\((?!https?:|#)[^)]*\)/.exec(document);
    if (relative) throw new Error(`the packed ${name} has a relative link: ${relative[0]}`);
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zk-recipes-package-'));
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
    const report = (JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as PackReport[])[0];
    if (!report) throw new Error('npm pack reported nothing');
    const strays = report.files.map(({ path }) => path).filter((path) => !PUBLISHED.test(path));
    if (strays.length > 0) throw new Error(`not to be published: ${strays.join(', ')}`);
    console.log(
      `${report.filename}: ${report.files.length} files, ${report.size} bytes, ${report.unpackedSize} unpacked`,
    );

    if (report.size > LARGEST_PACKAGE) throw new Error(`the package is larger than ${LARGEST_PACKAGE} bytes`);
    const code = await readCode(report);
    checkLines(code);
    await checkSizes(code);

    await writeFile(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
    await writeFile(join(folder, 'use.js'), JAVASCRIPT);
    await writeFile(join(folder, 'use-adapter.js'), JAVASCRIPT_ADAPTER);
    await writeFile(join(folder, 'use.ts'), TYPESCRIPT);
    await writeFile(join(folder, 'tsconfig.json'), TSCONFIG);
    await run('npm', ['install', '--no-audit', '--no-fund', `./${report.filename}`], { cwd: folder });
    await checkLinks(folder);
    console.log((await run('node', ['use.js'], { cwd: folder })).stdout.trim());
    const { stdout: version } = await run(join(folder, 'node_modules', '.bin', 'zk-recipes'), ['--version']);
    console.log(`its command runs: ${version.trim()}`);
    await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', '.'], { cwd: folder });
    console.log('compiled from TypeScript');
    const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const peer = `node-zookeeper-client@${devDependencies['node-zookeeper-client']}`;
    await run('npm', ['install', '--no-audit', '--no-fund', peer], { cwd: folder });
    console.log((await run('node', ['use-adapter.js'], { cwd: folder })).stdout.trim());
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    console.error(stdout, stderr);
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

await main();
