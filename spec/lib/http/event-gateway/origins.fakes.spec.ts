import { expect, it } from 'vitest';
import { Origins } from '../../../../lib/http/event-gateway/origins.js';

it.each([
  ['http://app.example', 'app.example'],
  ['http://app.example', 'APP.example:80'],
  ['https://app.example', 'app.example:443'],
  ['https://app.example:8443', 'app.example:8443'],
  ['http://[::1]:8080', '[::1]:8080'],
])('pages of %s are those of the gateway at %s', (origin, host) => {
  expect(new Origins(undefined).allows(origin, host)).toBe(true);
});

it.each([
  ['https://other.example', 'app.example'],
  ['http://app.example', 'app.example:443'],
  ['https://app.example:8443', 'app.example'],
  ['https://app.example', 'x@app.example'],
  ['https://app.example', 'app.example/x'],
  ['https://app.example', ''],
  ['https://app.example', null],
  ['null', 'app.example'],
  ['null', 'null'],
  ['file://', ''],
])('pages of %s are those of another host than the gateway at %s', (origin, host) => {
  expect(new Origins(undefined).allows(origin, host)).toBe(false);
});
