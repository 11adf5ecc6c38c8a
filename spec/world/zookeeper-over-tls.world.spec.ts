import { describe, expect, it } from 'vitest';
import { exclusionOf, NOT_OVER_TLS } from '../support/not-over-tls.js';
import { runProject } from './run-project.js';

/** The rest of the specs on the real server are about other clients, leaks and the tools: they are run by hand. */
const FOLDERS = ['spec/lib/zookeeper/', 'spec/recipes/'];

/** Fewer would mean that the folders have moved. */
const AT_LEAST = 350;

describe('the specs of the client and the recipes', () => {
  it('pass over TLS with client certificates, but for those that cannot', { timeout: 900_000 }, async () => {
    const { passed, skipped, others } = await runProject('real', FOLDERS, { SPEC_TRANSPORT: 'mtls' });
    expect(others).toEqual([]);
    const used = new Set(skipped.map(({ file, name }) => exclusionOf(file, name)));
    const expected = NOT_OVER_TLS.filter(({ files }) =>
      files.some((file) => FOLDERS.some((at) => file.startsWith(at))),
    );
    expect(used).toEqual(new Set(expected));
    expect(passed).toBeGreaterThan(AT_LEAST);
  });
});
