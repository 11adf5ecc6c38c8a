import fc from 'fast-check';
import { anyRequest, pipelinedRequest } from './arbitrary-requests.js';
import { IDENTITIES } from './identities.js';
import type { AnyRequest, Program, Slot, Step } from './program.js';

const slot = fc.constantFrom<Slot>('A', 'A', 'B', 'B', 'C');
const closing: AnyRequest = { name: 'closeSession', record: undefined };

const one = fc
  .tuple(slot, anyRequest)
  .map(([who, request]): Step => ({ kind: 'requests', slot: who, requests: [request] }));

const several = fc
  .tuple(slot, fc.array(pipelinedRequest, { minLength: 2, maxLength: 6 }), fc.boolean())
  .map(([who, requests, closes]): Step => {
    return { kind: 'requests', slot: who, requests: closes ? [...requests, closing] : requests };
  });

const close = slot.map((who): Step => ({ kind: 'requests', slot: who, requests: [closing] }));

const auth = fc
  .tuple(
    slot,
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...IDENTITIES.map((identity) => ['digest', identity] as const)) },
      fc.constantFrom(
        ['digest', ''] as const,
        ['digest', 'x'] as const,
        ['ip', 'x'] as const,
        ['nosuch', 'x'] as const,
      ),
    ),
  )
  .map(([who, [scheme, identity]]): Step => ({ kind: 'auth', slot: who, scheme, auth: identity }));

/** Unknown operations. Malformed records are left out: only the embedded server ends the connection, on purpose. */
const UNKNOWN = [0, -5, 10, 23, 999, -1];
const bytes = fc
  .tuple(slot, fc.constantFrom(...UNKNOWN))
  .map(([who, op]): Step => ({ kind: 'bytes', slot: who, op, bytes: [] }));

const drop = slot.map((who): Step => ({ kind: 'drop', slot: who }));
const attach = fc
  .tuple(slot, fc.constantFrom('itself', 'itself', 'itself', 'stranger', 'nobody', 'ahead' as const))
  .map(([who, as]): Step => ({ kind: 'attach', slot: who, as }));

const step = fc.oneof(
  { weight: 80, arbitrary: one },
  { weight: 8, arbitrary: several },
  { weight: 6, arbitrary: auth },
  { weight: 3, arbitrary: close },
  { weight: 2, arbitrary: drop },
  { weight: 3, arbitrary: attach },
  { weight: 1, arbitrary: bytes },
);

const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const create = (path: string): AnyRequest => {
  return { name: 'create', record: { path, data: Buffer.from('x'), acl: OPEN, flags: 0 } };
};
/** Steps that create znodes, so that later steps find some. */
const PRELUDES: readonly Program[] = [
  [],
  [{ kind: 'requests', slot: 'A', requests: ['~/a', '~/a/b'].map(create) }],
  [{ kind: 'requests', slot: 'B', requests: ['~/a', '~/a/b', '~/a/b/c', '~/e'].map(create) }],
];

/** Programs with a prelude and at most `maxLength` steps. */
export const programs = (maxLength: number): fc.Arbitrary<Program> => {
  const steps = fc.array(step, { minLength: 1, maxLength, size: 'max' });
  return fc.tuple(fc.constantFrom(...PRELUDES), steps).map(([prelude, rest]) => [...prelude, ...rest]);
};
