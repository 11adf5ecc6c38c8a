import { describe, expect, it } from 'vitest';
import { SUITE_VERSIONS } from '../../testing/supported-versions.js';
import { runProject } from './run-project.js';

/**
 * The client and the recipes on its wire. The others compare the embedded server, which is a 3.8, with a real one, or
 * are about this process: leaks, and the tools of the specs.
 */
const FOLDERS = ['spec/lib/zookeeper/', 'spec/recipes/', 'spec/testing/zookeeper-server-'];

/** Fewer would mean that the folders have moved. */
const AT_LEAST = 400;

describe('the specs of the client and the recipes', () => {
  it.each(SUITE_VERSIONS)('pass on ZooKeeper %s', { timeout: 900_000 }, async (version) => {
    const { passed, skipped, others } = await runProject('real', FOLDERS, { ZOOKEEPER_VERSION: version });
    expect(others).toEqual([]);
    expect(skipped).toEqual([]);
    expect(passed).toBeGreaterThan(AT_LEAST);
  });
});
