import { expect, it } from 'vitest';
import { createEventGateway } from '../../../../lib/http/index.js';
import { FakeClient } from '../../../../testing/fake-client.js';

it('refuses a client, a path and options that make no sense', () => {
  const refusalOf = (...args: unknown[]): string => {
    try {
      (createEventGateway as (...all: unknown[]) => unknown)(...args);
      return 'it was taken';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const client = new FakeClient();
  expect(refusalOf({}, '/')).toContain('client must be');
  expect(refusalOf(client, 'a')).toContain('must start with "/"');
  const ofOptions = (options: unknown): string => refusalOf(client, '/', options);
  expect(ofOptions({ origin: [] })).toContain('options must be made of authorize, origins, maxFilters, history');
  expect(ofOptions({ origins: 'https://app.example' })).toContain('origins must be an array of origins');
  expect(ofOptions({ origins: ['https://app.example/'] })).toBe(
    '"https://app.example/" is no origin such as "https://app.example"',
  );
  expect(ofOptions({ origins: [7] })).toContain('origins must be an array of origins');
  expect(ofOptions({ maxFilters: 0 })).toBe('maxFilters must be a whole number from 1, but is 0');
  expect(ofOptions({ history: -1 })).toBe('history must be a whole number from 0, but is -1');
  expect(ofOptions({ authorize: true })).toContain('authorize must be a function');
});
