import { invalidSecret } from '../core/validation.js';

/** An access that a request asks for. */
export interface Access {
  /** Reading, writing, or waiting for changes. */
  readonly action: 'read' | 'write' | 'watch';
  /** The id of a blob, or the pattern of paths of a filter; `null` for everything. */
  readonly id: string | null;
}

/** Decides whether a request may have an access: `true`, `false` for 403, or the response that it gets in its place. */
export type Authorize = (request: Request, access: Access) => boolean | Response | Promise<boolean | Response>;

/** Asks for every id. Resolves with the first refusal, or with `null` when there is none. */
export async function refusalOf(
  authorize: Authorize | undefined,
  request: Request,
  action: Access['action'],
  ids: readonly (string | null)[],
): Promise<Response | null> {
  if (!authorize) return null;
  for (const id of new Set(ids)) {
    const verdict: unknown = await authorize(request, Object.freeze({ action, id }));
    if (verdict instanceof Response) return verdict;
    if (verdict === false) return new Response('forbidden\n', { status: 403 });
    if (verdict !== true) throw invalidSecret('the result of authorize', verdict, 'true, false or a Response');
  }
  return null;
}
