/**
 * A configuration that is reloaded while the service runs. An invalid one is reported, and the last valid one stays in
 * use; without a znode the defaults apply. `npx tsx examples/configuration-reload.ts`
 */
import { DataWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

interface Config {
  readonly logLevel: string;
  readonly poolSize: number;
}

const DEFAULTS: Config = { logLevel: 'info', poolSize: 4 };

function parse(data: Buffer | null): Config {
  const { logLevel, poolSize }: Config = { ...DEFAULTS, ...(data && JSON.parse(String(data))) };
  if (typeof logLevel !== 'string') throw new TypeError('logLevel must be a string');
  if (!Number.isInteger(poolSize) || poolSize < 1) throw new TypeError('poolSize must be a whole number from 1');
  return { logLevel, poolSize };
}

/** Applies the configuration now and at each change, until the client is closed. Reports each invalid one. */
async function followConfig(
  client: ZooKeeperClient,
  path: string,
  apply: (config: Config) => unknown,
  report: (error: unknown, version: number | undefined) => void,
): Promise<void> {
  // Changes during a turn are coalesced: the next turn has the newest state.
  for await (const { data, stat } of new DataWatch(client, path)) {
    try {
      await apply(parse(data));
    } catch (error) {
      report(error, stat?.version);
    }
  }
}

// ---------- The service ----------

await inSandbox(async ({ connectString, logger, expireSession }) => {
  chapter('The service starts, without a configuration');
  const client = await new ZooKeeperClient(connectString, { logger }).connect();
  let current: Config | undefined;
  let failures = 0;
  const apply = (config: Config): void => {
    current = config;
    say('config', `log level ${config.logLevel}, ${config.poolSize} connections`);
  };
  const report = (error: unknown, version: number | undefined): void => {
    failures += 1;
    say('config', `version ${version} is invalid, the last valid one stays: ${error}`);
  };
  const following = followConfig(client, '/shop/config', apply, report);
  await eventually(() => current !== undefined);

  // ---------- The outside world: an operator with a client of their own ----------

  await using operator = await new ZooKeeperClient(connectString, { logger }).connect();
  chapter('The operator creates a configuration');
  await operator.create('/shop/config', '{ "logLevel": "debug" }', { makePath: true });
  await eventually(() => current?.logLevel === 'debug');

  chapter('The operator makes a mistake, and corrects it');
  await operator.setData('/shop/config', '{ "poolSize": "eight" }');
  await eventually(() => failures === 1);
  await operator.setData('/shop/config', '{ "poolSize": 8 }');
  await eventually(() => current?.poolSize === 8);

  chapter('The session of the service expires, and the configuration changes meanwhile');
  await expireSession(client);
  await operator.setData('/shop/config', '{ "poolSize": 16 }');
  await eventually(() => current?.poolSize === 16);

  chapter('The operator deletes the configuration');
  await operator.delete('/shop/config');
  await eventually(() => current?.poolSize === DEFAULTS.poolSize);

  await client.close();
  await following;
  say('config', 'the client is closed, and the loop has ended');
});
