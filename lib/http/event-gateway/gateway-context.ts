import type { LastingTrouble } from '../../core/lasting-trouble.js';
import type { Authorize } from '../authorize.js';
import type { Origins } from './origins.js';

/** What the parts of a gateway share. */
export interface GatewayContext {
  readonly trouble: LastingTrouble;
  readonly authorize: Authorize | undefined;
  readonly origins: Origins;
  readonly maxFilters: number;
}
