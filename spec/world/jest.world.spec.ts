import { beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer.js';

/** @param fake how the suite fakes its timers */
const SUITE = (fake: string): string => `
import { afterEach, expect, jest, test } from '@jest/globals';
import { ChildrenWatch, DataWatch, NoNodeError, ZooKeeperClient } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';

afterEach(() => jest.useRealTimers());

test('a client connects, reads, writes, watches and closes', async () => {
  ${fake}
  const server = await EmbeddedZooKeeper.start();
  const client = await new ZooKeeperClient(server.connectString).connect();
  await client.create('/node', 'one');
  const values = [];
  let called = () => {};
  const watch = new DataWatch(client, '/node', (data) => {
    values.push(String(data));
    called();
  });
  const children = new ChildrenWatch(client, '/', () => {});
  await Promise.all([watch.ready, children.ready]);
  const change = new Promise((resolve) => {
    called = resolve;
  });
  await client.setData('/node', 'two');
  await change;
  expect(values).toEqual(['one', 'two']);
  await expect(client.getData('/none')).rejects.toBeInstanceOf(NoNodeError);
  await client.close();
  await server.close();
  expect(watch.stopped).toBe(true);
});
`;

const SUITES = {
  'no fake timers': SUITE(''),
  'all of its fake timers': SUITE('jest.useFakeTimers();'),
  'a faked clock alone': SUITE(
    "jest.useFakeTimers({ doNotFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'nextTick'] });",
  ),
};

describe('jest', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.install('jest@30', '@jest/globals@30');
    await consumer.write('jest.config.js', "export default { testEnvironment: 'node', transform: {} };\n");
    const config =
      "{ testEnvironment: 'node', transform: {}, fakeTimers: { enableGlobally: true, doNotFake: ['nextTick'] } }";
    await consumer.write('global.config.js', `export default ${config};\n`);
    return () => consumer.remove();
  });

  const jest = (config: string, suite: string) =>
    consumer.run('node', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--ci', '-c', config, suite);

  it.each(Object.keys(SUITES) as (keyof typeof SUITES)[])('runs a suite with %s', async (name) => {
    const file = `${name.replaceAll(' ', '-')}.test.js`;
    await consumer.write(file, SUITES[name]);
    const { code, output } = await jest('jest.config.js', file);
    expect(output).toContain('1 passed');
    expect(code).toBe(0);
  });

  it('runs a suite whose timers, but not nextTick, are faked before the package is loaded', async () => {
    await consumer.write('global.test.js', SUITE(''));
    const { code, output } = await jest('global.config.js', 'global.test.js');
    expect(output).toContain('1 passed');
    expect(code).toBe(0);
  });
});
