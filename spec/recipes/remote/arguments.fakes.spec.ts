import { expect, it } from 'vitest';
import { subscribe } from '../../../recipes/remote/index.js';

const URL_TEXT = 'http://127.0.0.1:1/events';

/** The message of the error that a call throws. */
function refusalOf(...args: unknown[]): string {
  try {
    void (subscribe as (...all: unknown[]) => { close(): unknown })(...args).close();
    return 'it was taken';
  } catch (error) {
    return (error as Error).message;
  }
}

it('refuses what is no address of a gateway, and never shows it', () => {
  expect(refusalOf('/events', null)).toBe('url must be an absolute URL, but is a string of length 7');
  expect(refusalOf(undefined, null)).toBe('url must be an absolute URL, but is undefined');
  expect(refusalOf('ws://host/events', null)).toBe('url must begin with http: or https:, also for WebSockets');
  expect(refusalOf('http://user:secret@host/events', null)).toBe(
    'url must have no credentials, which logs would show: use headers',
  );
});

it('refuses filters, functions and options that make no sense', () => {
  expect(refusalOf(URL_TEXT, { pth: '/a' })).toContain('filters must be made of');
  expect(refusalOf(URL_TEXT, [{}, { type: 'renamed' }])).toContain('filters[1].type must be one of');
  expect(refusalOf(URL_TEXT, null, 7)).toBe('onChange must be a function, but is a number');
  const ofOptions = (options: unknown): string => refusalOf(URL_TEXT, null, () => {}, options);
  expect(ofOptions({ sinse: 1n })).toContain('options must be made of since, signal');
  expect(ofOptions({ since: 7 })).toBe('since must be a bigint, but is a number');
  expect(ofOptions({ since: -7n })).toBe('since must be a zxid from 0n, but is -7n');
  expect(ofOptions({ signal: {} })).toBe('signal must be an AbortSignal, but is an object');
  expect(ofOptions({ pollFallback: -1 })).toContain('pollFallback must be a number of milliseconds from 0');
  expect(ofOptions({ pollFallback: 2 ** 31 })).toContain('pollFallback must be');
  expect(ofOptions({ retry: { attempts: 3 } })).toContain('retry must be made of');
  expect(ofOptions({ headers: ['a'] })).toBe('headers must be an object of names and values, but is an array of 1');
  expect(ofOptions({ headers: { 'a b': 'c' } })).toBe('headers must have names of headers');
  expect(ofOptions({ headers: { authorization: 'a\r\nb: c' } })).toBe(
    'headers.authorization must be the value of a header, but is a string of length 7',
  );
});
