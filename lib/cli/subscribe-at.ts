import { subscribe } from '../../recipes/remote/index.js';
import { CLIENT } from '../core/limits.js';
import { type FilterValues, toFilter } from './change-filter.js';
import { changePrinter } from './change-printer.js';
import { type TreeValues, toFollowOptions, toLimit } from './follow-options.js';
import type { GatewayArguments } from './gateway-options.js';
import { checkPositionals } from './parse.js';
import { printDiagnostic } from './stderr.js';
import { untilStopped } from './until-stopped.js';
import { withEnds } from './with-ends.js';

interface Values extends FilterValues, TreeValues {
  readonly json: boolean;
  readonly once: boolean;
  readonly count?: string;
  readonly quiet: boolean;
}

/** Prints the changes that a gateway sends. Returns the exit code. */
export function subscribeAt(
  { url, headers, timeout }: GatewayArguments,
  values: Values,
  positionals: readonly string[],
): Promise<number> {
  checkPositionals(positionals, []);
  const filter = toFilter(values);
  const limit = toLimit(values);
  const { data: hasData, since } = toFollowOptions(values);
  const address = url.replace(/(\/events)?\/$/, '/events');
  const position = (): bigint => subscription.position;
  const onChange = changePrinter({ isJson: values.json, hasData, limit, position });
  const subscription = subscribe(address, filter, onChange, { headers, ...(since !== undefined && { since }) });
  const log = (text: string): void => printDiagnostic(`${new Date().toISOString()} ${text}`);
  subscription.on('resynced', () => log('resynced'));
  return withEnds(
    async (ends) => {
      if (timeout !== undefined) ends.after(timeout, timeout);
      const onReady = (): void => void (values.quiet || log(`subscribed, at position ${position()}`));
      await ends.before(untilStopped(subscription, { onReady, within: CLIENT.connectTimeout }));
    },
    () => subscription.close(),
  );
}
