import { subscribe } from '../../recipes/remote/index.js';
import { InvalidArgumentError } from '../core/errors.js';
import { checkPositionals, toMilliseconds } from './arguments.js';
import { type FilterValues, toFilter } from './change-filter.js';
import { changePrinter } from './change-printer.js';
import { EarlyEnd, EarlyEnds } from './early-end.js';
import { ExitCode } from './exit-code.js';
import { type TreeValues, toFollowOptions, toLimit } from './follow-options.js';
import { authorization } from './secret-files.js';
import { printDiagnostic } from './stderr.js';
import { untilStopped } from './until-stopped.js';
import { UsageError } from './usage-error.js';

interface Values extends FilterValues, TreeValues {
  readonly json: boolean;
  readonly once: boolean;
  readonly count?: string;
  readonly timeout?: string;
}

/** The options of a subscription at ZooKeeper itself. */
const OTHERS = ['connect', 'tls', 'ca', 'cert', 'key', 'sasl-user', 'sasl-password-file', 'auth', 'auth-file'];

/** Prints the changes that an event gateway sends. Returns the exit code. */
export async function subscribeAt(url: string, values: Values, positionals: readonly string[]): Promise<number> {
  checkPositionals(positionals, []);
  for (const name of [...OTHERS, 'checkpoint', 'idle']) {
    const value = (values as unknown as Record<string, unknown>)[name];
    if (value !== undefined && value !== false) throw new UsageError(`--${name} and --url exclude each other`);
  }
  const filter = toFilter(values);
  const limit = toLimit(values);
  const { data: hasData, since } = toFollowOptions(values);
  const timeout = toMilliseconds('timeout', values.timeout, 1);
  const token = authorization();
  const ends = new EarlyEnds();
  if (timeout !== undefined) ends.after(timeout, timeout);
  const position = (): bigint => subscription.position;
  const onChange = changePrinter({ isJson: values.json, hasData, limit, position });
  const subscription = orUsageError(() =>
    subscribe(url, filter, onChange, {
      ...(since !== undefined && { since }),
      ...(token !== undefined && { headers: { authorization: token } }),
    }),
  );
  try {
    const stopped = untilStopped(subscription, () => {
      printDiagnostic(`${new Date().toISOString()} subscribed, at position ${position()}`);
    });
    await ends.before(stopped);
    return ExitCode.done;
  } catch (error) {
    if (!(error instanceof EarlyEnd)) throw error;
    if (error.message !== '') printDiagnostic(error.message);
    return error.exitCode;
  } finally {
    await subscription.close();
    ends.release();
  }
}

function orUsageError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError(`--${error.message}`);
  }
}
