import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exclusionOf, NOT_OVER_TLS } from '../support/not-over-tls.js';

const ROOT = new URL('../../', import.meta.url);
const rows = readFileSync(new URL('CONTRIBUTING.md', ROOT), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('each spec that cannot run over TLS', () => {
  const files = NOT_OVER_TLS.flatMap((exclusion) => exclusion.files.map((file) => ({ ...exclusion, file })));

  it.each(files)('is a spec, and CONTRIBUTING.md gives the reason: $file', ({ file, specs, reason }) => {
    expect(existsSync(new URL(file, ROOT))).toBe(true);
    const which = specs ? `\`${specs}\`` : 'all';
    expect(rows.filter(([, name]) => name === `\`${file}\``)).toContainEqual(['', `\`${file}\``, which, reason, '']);
  });

  it('is left out by its name, or with its whole file', () => {
    const file = 'spec/lib/zookeeper/connection/malformed-replies.servers.spec.ts';
    expect(exclusionOf(file, 'a faulty reply that is empty')?.reason).toMatch(/frames/);
    expect(exclusionOf(file, 'bytes that are not a frame end only the connection')).toBe(undefined);
    expect(exclusionOf('spec/lib/zookeeper/session/session-moved.servers.spec.ts', 'any')?.reason).toMatch(/frames/);
    expect(exclusionOf('spec/lib/zookeeper/requests.servers.spec.ts', 'a faulty reply')).toBe(undefined);
  });
});
