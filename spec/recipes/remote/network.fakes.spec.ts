import { expect, it } from 'vitest';
import { onNetwork } from '../../../recipes/remote/network.js';
import { replaceProperty } from '../../../testing/replace-property.js';

it('hears of the network of a page until it is ended, and of nothing where there is no page', () => {
  expect(() => onNetwork(() => {})()).not.toThrow();
  const page = new EventTarget();
  const restore = [
    replaceProperty(globalThis, 'addEventListener', page.addEventListener.bind(page)),
    replaceProperty(globalThis, 'removeEventListener', page.removeEventListener.bind(page)),
  ];
  const heard: boolean[] = [];
  const end = onNetwork((isThere) => heard.push(isThere));
  for (const event of ['offline', 'online']) page.dispatchEvent(new Event(event));
  end();
  for (const each of restore) each();
  for (const event of ['offline', 'online']) page.dispatchEvent(new Event(event));
  expect(heard).toEqual([false, true]);
});
