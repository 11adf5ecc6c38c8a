import type { LastingTrouble } from '../../core/lasting-trouble.js';
import type { Authorize } from '../authorize.js';
import type { Origins } from './origins.js';

/** Shared by the parts of a gateway. */
export interface GatewayContext {
  readonly name: 'the event gateway';
  readonly trouble: LastingTrouble;
  readonly authorize: Authorize | undefined;
  readonly origins: Origins;
  readonly maxFilters: number;
}
