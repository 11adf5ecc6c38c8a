import { afterAll, beforeAll } from 'vitest';
import { type Certificate, CertificateAuthority } from '../../testing/certificates.js';

/** Certificates of one authority that all specs of a file share, and those of a foreign one. */
export interface Certificates {
  ca: Buffer;
  caFile: string;
  server: Certificate;
  alice: Certificate;
  bob: Certificate;
  foreign: Certificate;
  foreignCa: Buffer;
}

/** Issues certificates before the specs of a file, and removes them after. */
export function useCertificates(): Certificates {
  const certificates = {} as Certificates;
  const authorities: CertificateAuthority[] = [];
  beforeAll(async () => {
    const [ca, other] = await Promise.all([CertificateAuthority.create(), CertificateAuthority.create()]);
    authorities.push(ca, other);
    const [server, alice, bob, foreign] = await Promise.all([
      ca.issue(),
      ca.issue({ subject: '/O=Example/CN=alice' }),
      ca.issue({ subject: '/O=Example/CN=bob' }),
      other.issue({ subject: '/O=Example/CN=alice' }),
    ]);
    const authority = { ca: ca.cert, caFile: ca.certFile, foreignCa: other.cert };
    Object.assign(certificates, { ...authority, server, alice, bob, foreign });
  });
  afterAll(async () => {
    await Promise.all(authorities.map((authority) => authority[Symbol.asyncDispose]()));
  });
  return certificates;
}
