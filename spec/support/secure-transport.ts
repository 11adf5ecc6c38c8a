import { afterAll, beforeEach, expect } from 'vitest';
import { isSecureRequested, secureConnections } from '../../testing/transport.js';
import { exclusionOf } from './not-over-tls.js';

if (isSecureRequested()) {
  let ran = 0;
  beforeEach(({ task, skip }) => {
    const exclusion = exclusionOf(task.file.name, task.fullTestName.replaceAll(' > ', ' '));
    if (exclusion) skip(exclusion.reason);
    ran += 1;
  });
  // A file with specs that run over TLS has clients that do.
  afterAll(() => {
    if (ran > 0) expect(secureConnections(), 'TLS connections of this file').toBeGreaterThan(0);
  });
}
