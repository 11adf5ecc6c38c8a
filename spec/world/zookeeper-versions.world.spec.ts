import { describe, expect, it } from 'vitest';
import { SUITE_VERSIONS } from '../../testing/supported-versions.js';
import { exclusionOf, NOT_OVER_TLS } from '../support/not-over-tls.js';
import { runProject } from './run-project.js';

/**
 * The beginnings of the files that run here: those of the client, the watches, the trees and the subscriptions that
 * meet the protocol of a server or its TLS. The others need no more of a server, wait long for its sessions to end, or
 * are about this process.
 */
const FILES = [
  'spec/lib/zookeeper/connection/',
  'spec/lib/zookeeper/re',
  'spec/lib/zookeeper/session/event-zxid',
  'spec/lib/zookeeper/session/session-damage',
  'spec/lib/zookeeper/session/session.',
  'spec/lib/zookeeper/session/tree-watches',
  'spec/recipes/watches/',
  'spec/recipes/tree/contract',
  'spec/recipes/tree/recovery',
  'spec/recipes/tree/survival',
  'spec/recipes/events/promises',
];

/** Fewer would mean that files have moved. */
const AT_LEAST = 350;

const isOfThese = (file: string): boolean => FILES.some((beginning) => file.startsWith(beginning));
const EXCLUDED = NOT_OVER_TLS.filter(({ files }) => files.some(isOfThese));

/** Without TLS. */
const PLAIN = [...new Set(EXCLUDED.flatMap(({ files }) => files.filter(isOfThese))), 'spec/testing/zookeeper-server-'];

describe.each(SUITE_VERSIONS)('the specs of the client and the recipes, on ZooKeeper %s,', (version) => {
  it('pass over TLS with client certificates, but for those that cannot', { timeout: 900_000 }, async () => {
    const env = { ZOOKEEPER_VERSION: version, SPEC_TRANSPORT: 'mtls' };
    const { passed, skipped, others } = await runProject('real', FILES, env);
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
