import type { LastingTrouble } from '../core/lasting-trouble.js';
import { reportThrown } from '../core/thrown.js';
import { invalidSecret } from '../core/validation.js';
import { refuse } from './answers.js';

/** An access that a request asks for. */
export interface Access {
  /** Reading, writing, or waiting for changes. */
  readonly action: 'read' | 'write' | 'watch';
  /** The id of a blob, or the pattern of paths of a filter; `null` for everything. */
  readonly id: string | null;
}

/** Decides whether a request may have an access: `true`, `false` for 403, or the response that it gets in its place. */
export type Authorize = (request: Request, access: Access) => boolean | Response | Promise<boolean | Response>;

/** A face that asks for accesses. */
interface AuthorizingFace {
  readonly authorize: Authorize | undefined;
  readonly trouble: LastingTrouble;
  /** For the log, as `the blob handler`. */
  readonly name: string;
}

/** The bodies of verdicts, each of which may be the answer to many requests. */
const bodies = new WeakMap<Response, Promise<ArrayBuffer>>();

function bodyOf(verdict: Response): Promise<ArrayBuffer> | null {
  if (verdict.body && !bodies.has(verdict)) bodies.set(verdict, verdict.arrayBuffer());
  return bodies.get(verdict) ?? null;
}

/**
 * Asks for every id. Resolves with the first refusal, whose headers may be changed, or with `null` when there is none.
 * An error, and a result that is no verdict, counts as a refusal.
 */
export async function refusalOf(
  { authorize, trouble, name }: AuthorizingFace,
  request: Request,
  action: Access['action'],
  ids: readonly (string | null)[],
): Promise<Response | null> {
  if (!authorize) return null;
  try {
    for (const id of new Set(ids)) {
      const verdict: unknown = await authorize(request, Object.freeze({ action, id }));
      if (verdict instanceof Response) return new Response(await bodyOf(verdict), verdict);
      if (verdict === false) return refuse(403, 'FORBIDDEN', 'this access is not allowed');
      if (verdict !== true) throw invalidSecret('the result of authorize', verdict, 'true, false or a Response');
    }
    return null;
  } catch (error) {
    reportThrown(trouble, error, `\`authorize\` of ${name}`);
    return refuse(500, 'INTERNAL', 'internal error');
  }
}
