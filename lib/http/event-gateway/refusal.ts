import type { WireError } from '../../../recipes/events/index.js';
import { InvalidArgumentError } from '../../core/errors.js';
import { reasonOf } from '../../core/reason.js';
import { reportThrown } from '../../core/thrown.js';
import { refusalOf } from '../authorize.js';
import type { ClientRequest } from './client-request.js';
import type { GatewayContext } from './gateway-context.js';

/** The refusal of a request by `authorize`; `null` when it may have everything. An error counts as a refusal. */
export async function authorizationRefusal(
  { authorize, trouble }: GatewayContext,
  request: Request,
  { paths }: ClientRequest,
): Promise<Response | null> {
  try {
    return await refusalOf(authorize, request, 'watch', paths);
  } catch (error) {
    reportThrown(trouble, error, '`authorize` of the event gateway');
    return new Response('internal error\n', { status: 500 });
  }
}

/** The answer to a request that is not valid. Throws any other error. */
export function toBadRequest(error: unknown): WireError['error'] {
  if (!(error instanceof InvalidArgumentError)) throw error;
  return { code: 'BAD_REQUEST', message: reasonOf(error) };
}
