/** The right that the fake gives. */
export interface FakeGrant {
  readonly token: string;
  readonly storageUrl: string;
  /** In seconds. */
  readonly life: number;
}

/**
 * Answers `POST /v2.0/tokens` as Keystone did. **A fake**: Keystone has no version 2.0 any more, and the one of Debian
 * answers 404, so that no real service is behind any spec of it.
 *
 * @param grant for the right credentials; `null` for others
 */
export function fakeKeystoneV2(
  body: string,
  grant: (project: string, user: string, password: string) => FakeGrant | null,
): Response {
  const { auth } = JSON.parse(body) as {
    auth: { tenantName: string; passwordCredentials: { username: string; password: string } };
  };
  const { username, password } = auth.passwordCredentials;
  const granted = grant(auth.tenantName, username, password);
  if (!granted) return new Response('{"error":{"code":401}}', { status: 401 });
  const now = Date.now();
  // As its answers were: the time of issue without a zone, the expiry with one.
  const issued = new Date(now).toISOString().replace('Z', '');
  const expires = new Date(now + granted.life * 1_000).toISOString().replace(/\.\d+/, '');
  const endpoint = (region: string, publicURL: string) => ({ region, publicURL, internalURL: 'http://127.0.0.1:1/' });
  const access = {
    token: { id: granted.token, issued_at: issued, expires, tenant: { name: auth.tenantName } },
    serviceCatalog: [
      { type: 'identity', endpoints: [endpoint('RegionOne', 'http://127.0.0.1:1/v2.0')] },
      { type: 'object-store', endpoints: [endpoint('RegionOne', granted.storageUrl)] },
    ],
  };
  return Response.json({ access });
}
