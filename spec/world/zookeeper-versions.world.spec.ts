import { describe, expect, it } from 'vitest';
import { SUITE_VERSIONS } from '../../testing/supported-versions.js';
import { exclusionOf, NOT_OVER_TLS } from '../support/not-over-tls.js';
import { runProject } from './run-project.js';

/**
 * The client and the watches on its wire; blobs and remote subscriptions need no more of a server. The others compare
 * the embedded server, which is a 3.8, with a real one, or are about this process: leaks, and the tools of the specs.
 */
const FOLDERS = ['spec/lib/zookeeper/', 'spec/recipes/watches/', 'spec/recipes/tree/', 'spec/recipes/events/'];

/** Fewer would mean that the folders have moved. */
const AT_LEAST = 400;

const isInFolders = (file: string): boolean => FOLDERS.some((folder) => file.startsWith(folder));
const EXCLUDED = NOT_OVER_TLS.filter(({ files }) => files.some(isInFolders));

/** Without TLS. */
const PLAIN = [
  ...new Set(EXCLUDED.flatMap(({ files }) => files.filter(isInFolders))),
  'spec/testing/zookeeper-server-',
];

describe.each(SUITE_VERSIONS)('the specs of the client and the recipes, on ZooKeeper %s,', (version) => {
  it('pass over TLS with client certificates, but for those that cannot', { timeout: 900_000 }, async () => {
    const env = { ZOOKEEPER_VERSION: version, SPEC_TRANSPORT: 'mtls' };
    const { passed, skipped, others } = await runProject('real', FOLDERS, env);
    expect(others).toEqual([]);
    const used = new Set(skipped.map(({ file, name }) => exclusionOf(file, name)));
    expect(used).toEqual(new Set(EXCLUDED));
    expect(passed).toBeGreaterThan(AT_LEAST);
  });

  it('pass without TLS, those that cannot run over it among them', { timeout: 900_000 }, async () => {
    const { passed, skipped, others } = await runProject('real', PLAIN, { ZOOKEEPER_VERSION: version });
    expect(others).toEqual([]);
    expect(skipped).toEqual([]);
    expect(passed).toBeGreaterThan(PLAIN.length);
  });
});
