import { isLoopback } from '../core/loopback.js';
import { SERVER_OPTIONS, toMilliseconds } from './arguments.js';
import { readSecret, SECRET_VARIABLES } from './secret-files.js';
import { printDiagnostic } from './stderr.js';
import { UsageError } from './usage-error.js';

/** The options of the commands that can use a gateway in place of ZooKeeper. */
export const GATEWAY_OPTIONS = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
} as const;

export const GATEWAY_HELP = `  --url http://host:port/ [--token-file file]
      Uses a gateway (zk-recipes gateway) in place of ZooKeeper. Its token is in the first
      line of the file, or in ZK_RECIPES_TOKEN.`;

/** The values of {@link GATEWAY_OPTIONS}, and the time limit. */
export interface GatewayValues {
  readonly url?: string;
  readonly 'token-file'?: string;
  readonly timeout?: string;
}

/** How a gateway is reached. */
export interface GatewayArguments {
  /** With a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The time limit of the whole command, in ms. */
  readonly timeout: number | undefined;
}

/** The options of a connection to ZooKeeper itself. */
const OF_SERVERS = Object.keys(SERVER_OPTIONS).filter((name) => name !== 'timeout');

/**
 * The gateway of the options; `null` for ZooKeeper itself.
 *
 * @param others options that a gateway has no use for
 */
export async function toGatewayArguments(
  values: GatewayValues,
  others: readonly string[],
): Promise<GatewayArguments | null> {
  const { url: text, 'token-file': file } = values;
  if (text === undefined) {
    if (file !== undefined) throw new UsageError('--token-file needs --url');
    return null;
  }
  for (const name of [...OF_SERVERS, ...others]) {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && value !== false) throw new UsageError(`--${name} and --url exclude each other`);
  }
  const { origin, pathname, protocol, hostname } = toUrl(text);
  const timeout = toMilliseconds('timeout', values.timeout, 1);
  const token = await readToken(file);
  if (token !== undefined && protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    printDiagnostic('the token is sent without TLS, and everybody on the way can use it: give --url with https');
  }
  return {
    url: `${origin}${pathname.replace(/\/?$/, '/')}`,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    timeout,
  };
}

/** The token in the first line of the file, or in the environment; `undefined` when there is none. */
export async function readToken(file: string | undefined): Promise<string | undefined> {
  const variable = SECRET_VARIABLES.token;
  if (file === undefined && !process.env[variable]) return undefined;
  const token = await readSecret({ neededBy: 'token-file', variable, fileOption: 'token-file', file });
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError('a token must have no blanks, and letters, digits and signs of ASCII alone');
}

/** Never shows the text: it may have credentials in it. */
function toUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('--url must be that of a gateway, such as http://127.0.0.1:8080/');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('--url must have no credentials and no query: a token belongs into a file');
  }
  return url;
}
