import { afterEach, describe, expect, it, vi } from 'vitest';
import { blobCommand } from '../../../lib/cli/blob/blob.js';
import { gatewayCommand } from '../../../lib/cli/gateway.js';
import { subscribeCommand } from '../../../lib/cli/subscribe.js';
import { UsageError } from '../../../lib/cli/usage-error.js';

const URL_ = 'http://host:8080/';
const COMMANDS = { blob: blobCommand, gateway: gatewayCommand, subscribe: subscribeCommand };

afterEach(() => vi.unstubAllEnvs());

describe('a wrong argument ends before anything is connected', () => {
  it.each<[command: keyof typeof COMMANDS, args: string[], said: string]>([
    ['gateway', [], 'which path? Name a znode whose changes are served, a --root of blobs, or both'],
    ['gateway', ['/w', '/x'], 'unexpected argument 2'],
    ['gateway', ['w'], '"w"'],
    ['gateway', ['/w', '--writable'], '--writable is for the blobs of a --root'],
    ['gateway', ['/w', '--root', 'blobs'], '"blobs"'],
    ['gateway', ['/w', '--origin', 'app.example'], '--origin must be an origin such as https://app.example, or *'],
    ['gateway', ['/w', '--max-filters', '0'], '--max-filters must be a whole number from 1 to 1000000, but is 0'],
    ['gateway', ['/w', '--port', '70000'], '--port must be a whole number from 0 to 65535, but is 70000'],
    ['gateway', ['/w', '--token-file', ''], '--token-file must not be empty'],
    ['subscribe', ['--url', 'nowhere'], '--url must be that of a gateway, such as http://127.0.0.1:8080/'],
    ['subscribe', ['--url', 'ws://host/events'], '--url must be that of a gateway, such as http://127.0.0.1:8080/'],
    ['subscribe', ['--url', 'http://me:secret@host/'], '--url must have no credentials and no query'],
    ['subscribe', ['--url', URL_, '/w'], 'unexpected argument 1'],
    ['subscribe', ['--url', URL_, '--checkpoint', 'x'], '--checkpoint and --url exclude each other'],
    ['subscribe', ['--url', URL_, '--tls'], '--tls and --url exclude each other'],
    ['subscribe', ['--url', URL_, '--connect', 'h:1'], '--connect and --url exclude each other'],
    ['subscribe', ['--url', URL_, '--idle', '5'], '--idle and --url exclude each other'],
    ['subscribe', ['/w', '--token-file', 'x'], '--token-file needs --url'],
    ['blob', [], 'which of put, get, ls, rm, watch, gc?'],
    ['blob', ['pot'], 'the word after blob must be one of put, get, ls, rm, watch, gc, but is "pot"'],
    ['blob', ['toString'], 'the word after blob must be one of'],
    ['blob', ['put', 'a'], 'which file?'],
    ['blob', ['put', 'a', ''], 'which file?'],
    ['blob', ['put', 'a//b', 'x'], '"a//b" cannot be the id of a blob: it has an empty segment'],
    ['blob', ['put', 'a', 'x', 'y'], 'unexpected argument 3'],
    ['blob', ['put', 'a', 'x', '--media-type', 'image/*'], 'mediaType must be one media type, but is "image/*"'],
    ['blob', ['put', 'a', 'x', '--meta', '=v'], '--meta must be a name, = and a value, such as --meta author=me'],
    [
      'blob',
      ['put', 'a', 'x', '--if-match', 'e', '--if-none-match'],
      '--if-match and --if-none-match exclude each other',
    ],
    ['blob', ['put', 'a', 'x', '--if-match', ''], 'ifMatch must be the etag of a blob'],
    ['blob', ['get'], 'which id?'],
    ['blob', ['get', '..'], '".." cannot be the id of a blob'],
    ['blob', ['get', 'a', '--output', ''], '--output must not be empty'],
    ['blob', ['ls', '//'], 'no id of a blob can begin with "//"'],
    ['blob', ['rm', 'a', '--if-match', '""'], 'ifMatch must be the etag of a blob'],
    ['blob', ['watch', 'a', '--once', '--count', '2'], '--once is --count 1'],
    ['blob', ['watch', '--idle', '0'], '--idle must be a whole number from 1'],
    ['blob', ['ls', '--url', URL_, '--root', '/b'], '--root and --url exclude each other'],
    ['blob', ['gc', '--url', URL_], 'there is no such option'],
    ['blob', ['gc', '--grace', '-1'], '--grace'],
  ])('%s %j', async (command, args, said) => {
    vi.stubEnv('ZK_RECIPES_CONNECT', '127.0.0.1:1');
    const error = await COMMANDS[command].run(args).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(said);
    expect((error as Error).message).not.toContain('secret');
  });

  it.each(['two words', 'grün', 'line\tbreak'])('refuses a token that is none: %j', async (token) => {
    vi.stubEnv('ZK_RECIPES_TOKEN', token);
    const ended = subscribeCommand.run(['--url', 'http://127.0.0.1:1/']);
    await expect(ended).rejects.toThrow('a token must have no blanks, and letters, digits and signs of ASCII alone');
  });
});
