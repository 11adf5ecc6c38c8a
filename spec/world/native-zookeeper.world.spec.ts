import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { NativeClient, type NativeZooKeeper } from '../../examples/native-zookeeper.js';
import { ZooKeeperClient } from '../../index.js';
import { conformanceTests } from '../../testing/conformance/index.js';
import { compileNativeModule } from '../../testing/native-module.js';
import { ProxyProcess } from '../../testing/proxy-process.js';
import { endSession } from '../../testing/session-killer.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';
import { missingFrom, runExample } from '../support/run-example.js';

interface NativeWithSession extends NativeZooKeeper {
  readonly client_id: string;
  readonly client_password: string;
  readonly timeout: number;
}

type NativeClass = new (config: object) => NativeWithSession;

const FAULTS = ['cut', 'expire'] as const;
const CHROOT = '/native';
const CLAIMS = conformanceTests({ connect: neverCalled, other: undefined as never, faults: FAULTS });

let modules: string;
let Native: NativeClass;
let server: ZooKeeperServer;
let other: ZooKeeperClient;
// The native code blocks its thread while it closes: a proxy in this process would not pass its request on.
let proxies: ProxyProcess;

beforeAll(async () => {
  modules = await compileNativeModule({ name: 'zookeeper', version: '7', prepare: 'node scripts/prepublish.js' });
  Native = createRequire(join(modules, 'package.json'))('zookeeper');
  server = await ZooKeeperServer.start();
  proxies = new ProxyProcess();
  await using owner = await new ZooKeeperClient(server.connectString).connect();
  await owner.create(CHROOT);
  other = await new ZooKeeperClient(`${server.connectString}${CHROOT}`).connect();
}, 600_000);

afterAll(async () => {
  await other?.close();
  await proxies?.close();
  await server?.stop();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function neverCalled(): Promise<never> {
  throw new Error('only the names are wanted');
}

/** Connected through a proxy of its own. */
async function connect() {
  const proxy = await proxies.listen({ port: server.port });
  let native: NativeWithSession | undefined;
  const client = new NativeClient(() => {
    native = new Native({ connect: `${proxy.connectString}${CHROOT}`, timeout: 4_000 });
    return native;
  });
  await once(client, 'state');
  return {
    client,
    close: async () => {
      await client.close();
      await proxy.close();
    },
    cut: async () => {
      proxy.cut();
      // Calls of the proxy are carried out in their order.
      await proxy.pass();
    },
    expire: async () => {
      if (!native) return;
      const session = {
        id: BigInt.asIntN(64, BigInt(`0x${native.client_id}`)),
        password: Buffer.from(native.client_password, 'hex'),
      };
      await endSession(session, native.timeout, { host: '127.0.0.1', port: server.port });
    },
  };
}

describe('the wrapper of the native package zookeeper as a CoordinationClient', () => {
  it.for(CLAIMS.map(({ name }) => name))('%s', async (claim) => {
    await conformanceTests({ connect, other, faults: FAULTS })
      .find(({ name }) => name === claim)
      ?.run();
  });

  it('refuses an ACL, which it could not set, and a path that C would cut off', async () => {
    const { client, close } = await connect();
    const acl = [{ perms: 1, scheme: 'world', id: 'anyone' }];
    await expect(client.create('/with-acl', '', { acl })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(client.create('/cut\0off')).rejects.toMatchObject({ code: 'INVALID_PATH' });
    expect((await other.getChildren('/')).children.filter((name) => /^with|^cut/.test(name))).toEqual([]);
    await close();
  });
});

describe('the example native-zookeeper', () => {
  it('prints its story, and ends by itself', async () => {
    vi.stubEnv('NODE_PATH', modules);
    const { code, lines, errors } = await runExample('native-zookeeper');
    const story = ['client    connected', 'flag      missing', 'flag      off', 'flag      on', 'client    closed'];
    expect({ code, errors, missing: missingFrom(story, lines) }, lines.join('\n')).toEqual({
      code: 0,
      errors: [],
      missing: [],
    });
  });
});
