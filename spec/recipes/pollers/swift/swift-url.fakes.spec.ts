import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import { parseSwiftUrl } from '../../../../recipes/pollers/swift/swift-url.js';

const parse = (rest: string, scheme = 'swift') => parseSwiftUrl(`${scheme}://alice+demo:secret-password@${rest}`);

describe('the URL of a container', () => {
  it('has user, project, password, host, path of the service, and container', () => {
    const { credentials, ...rest } = parse('swift.example:8080/auth/v1.0?photos');
    expect([credentials.user, credentials.project, credentials.reveal()]).toEqual(['alice', 'demo', 'secret-password']);
    expect(rest).toEqual({
      url: 'swift://alice+demo@swift.example:8080/auth/v1.0?photos',
      base: 'swift://swift.example:8080/auth/v1.0?photos',
      isSecure: false,
      auth: 1,
      authUrl: 'http://swift.example:8080/auth/v1.0',
      container: 'photos',
      prefix: '',
      domain: null,
      region: null,
    });
  });

  it('has prefix, auth, domain and region after the container, in any order', () => {
    const address = parse('h/?photos&region=one&domain=d%26e&prefix=2030/%C3%BC%20&auth=2');
    expect(address).toMatchObject({ prefix: '2030/ü ', auth: 2, domain: 'd&e', region: 'one' });
    const inOneSpelling = 'swift://alice+demo@h?photos&prefix=2030%2F%C3%BC%20&auth=2&domain=d%26e&region=one';
    expect(address.url).toBe(inOneSpelling);
  });

  it.each([
    ['h/auth/v1.0?c', 1, 'http://h/auth/v1.0'],
    ['h/v1?c', 1, 'http://h/v1'],
    ['h/v2.0?c', 2, 'http://h/v2.0'],
    ['h/identity/v3/?c', 3, 'http://h/identity/v3'],
    ['h?c', 3, 'http://h/v3'],
    ['h/identity?c', 3, 'http://h/identity/v3'],
    ['h/identity?c&auth=2', 2, 'http://h/identity/v2.0'],
    ['h?c&auth=1', 1, 'http://h/auth/v1.0'],
    ['h/a/token?c&auth=1', 1, 'http://h/a/token'],
    ['h/v2.0?c&auth=3', 3, 'http://h/v2.0/v3'],
    ['h/v30?c', 3, 'http://h/v30/v3'],
  ])('%s authenticates by version %d at %s', (rest, auth, authUrl) => {
    expect(parse(rest)).toMatchObject({ auth, authUrl });
  });

  it.each([
    ['swift', 'http'],
    ['swt', 'http'],
    ['swifts', 'https'],
    ['swts', 'https'],
  ])('of %s: is served over %s', (scheme, protocol) => {
    const { authUrl, isSecure, base } = parse('h:9/v3?c', scheme);
    expect([authUrl, isSecure, base]).toEqual([`${protocol}://h:9/v3`, protocol === 'https', `${scheme}://h:9/v3?c`]);
  });

  it('may have any character in its names, percent-encoded', () => {
    const [user, project, password, container] = ['ü:@+', 'p/?#%&', ' +:@/?#&%=ü', 'ü &name=x?#%'].map(
      encodeURIComponent,
    );
    const { credentials, ...rest } = parseSwiftUrl(`swift://${user}+${project}:${password}@h?${container}`);
    expect([credentials.user, credentials.project, credentials.reveal()]).toEqual(['ü:@+', 'p/?#%&', ' +:@/?#&%=ü']);
    expect(rest.container).toBe('ü &name=x?#%');
    expect(rest.url).toBe(`swift://${user}+${project}@h?${container}`);
  });

  it('shows no password in any print of it', () => {
    const address = parse('h/auth/v1.0?photos');
    const prints = [
      inspect(address, { depth: 9, showHidden: true }),
      JSON.stringify(address),
      address.url,
      address.base,
    ];
    expect(prints.join('\n')).not.toContain('secret');
  });

  it.each([
    ['swift://alice:secret@h?c', 'user+project'],
    ['swift://alice+a+b:secret@h?c', 'write a + in a name as %2B'],
    ['swift://+demo:secret@h?c', 'user+project'],
    ['swift://alice+demo@h?c', 'must have a password'],
    ['swift://alice+demo:secret@h', 'container after the ?'],
    ['swift://alice+demo:secret@h?secret%2Fx', 'container after the ?'],
    [`swift://alice+demo:secret@h?${'c'.repeat(257)}`, 'container after the ?'],
    ['swift://alice+demo:secret@h?prefix=secret', 'must name the container first'],
    ['swift://alice+demo:secret@h?c&secret=1', 'must be one of prefix, auth, domain, region'],
    ['swift://alice+demo:secret@h?c&prefix=secret&prefix=secret', 'must have prefix once'],
    ['swift://alice+demo:secret@h?c&auth=secret', 'auth of url must be one of 1, 2, 3'],
    ['swift://alice+demo:secret@h?c&region=', 'must have a region, or none'],
    ['swift://alice+demo:secret@h?c#secret', 'must be without a fragment'],
    ['swift://alice+demo:secret%@h?c', 'the password percent-encoded'],
    ['swift://alice+demo:secret@h?%FFsecret', 'the container percent-encoded'],
    ['swift://alice+demo:a/secret@h?c', 'url must'],
    ['swift://alice+demo:a?secret@h?c', 'url must'],
    ['swift://alice+demo:a#secret@h?c', 'url must'],
    ['swift://alice+demo:secret%0A@h/auth/v1.0?c', 'no control characters'],
    ['swift://alice+demo:secret@?c', 'url must'],
    ['https://alice+demo:secret@h?c', 'of the form swift://'],
    ['swift:alice+demo:secret@h?c', 'of the form swift://'],
  ])('%s is refused, and no error repeats any of it', (url, reason) => {
    let refusal: unknown;
    try {
      parseSwiftUrl(url);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(InvalidArgumentError);
    expect((refusal as Error).message).toContain(reason);
    expect(inspect(refusal)).not.toMatch(/secret(?!.*\.ts)/);
  });
});
