import { describe, expect, it } from 'vitest';
import { findZooKeeper, NoZooKeeperError } from '../../testing/find-zookeeper.js';

const { PATH, JAVA_HOME } = process.env;

describe('findZooKeeper', () => {
  it('takes ZOOKEEPER_CLASSPATH as it is', async () => {
    const found = await findZooKeeper({ PATH, JAVA_HOME, ZOOKEEPER_CLASSPATH: '/somewhere/*' });
    expect(found.classPath).toBe('/somewhere/*');
  });

  it('does not replace a ZOOKEEPER_HOME that is wrong', async () => {
    const failure = findZooKeeper({ PATH, JAVA_HOME, ZOOKEEPER_HOME: '/nowhere' });
    await expect(failure).rejects.toThrow(NoZooKeeperError);
  });

  it('says in one sentence what to do where there is none', async () => {
    const failure = findZooKeeper({ PATH: '' });
    await expect(failure).rejects.toThrow(/^This needs .* `apt-get install zookeeper`, or set [^.]*\.$/);
  });
});
