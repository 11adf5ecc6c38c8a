/** The application: what its subscription says is in `window.said`, and what its watches of blobs say in `heard`. */
export const BROWSER_APP = `
import { RemoteBlobStorage, subscribe } from 'zk-recipes/remote';
window.start = async (url, filters, options) => {
  window.said = { calls: [], events: [], position: () => String(window.subscription.position) };
  window.subscription = subscribe(new URL(url, location.href), filters, ({ type, path, node }) => {
    said.calls.push(type + ' ' + path + ' ' + (node === null ? '' : new TextDecoder().decode(node.data)));
  }, { retry: { minDelay: 10, maxDelay: 100 }, ...options });
  for (const event of ['error', 'resynced', 'stop']) {
    subscription.on(event, (value) => said.events.push(event + ' ' + (value?.code ?? value ?? '')));
  }
  await subscription.ready;
  return subscription.transport;
};
window.openBlobs = (url) => {
  window.blobs = new RemoteBlobStorage(new URL(url, location.href).href, { retry: { minDelay: 10, maxDelay: 100 } });
};
window.follow = async (id) => {
  window.heard = { calls: [], events: [] };
  window.watch = blobs.watch(id, async (file) => {
    heard.calls.push(file ? new TextDecoder().decode(await file.read()) : null);
  });
  for (const event of ['error', 'resynced', 'stop']) {
    watch.on(event, (value) => heard.events.push(event + ' ' + (value?.code ?? value ?? '')));
  }
  await watch.ready;
};
window.codeOf = (promise) => promise.then(() => 'done', ({ code }) => code);
`;

/** The page that loads the application. */
export const BROWSER_PAGE = '<!doctype html><title>a page</title><script type="module" src="bundle.js"></script>';
