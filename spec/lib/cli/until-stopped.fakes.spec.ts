import { afterEach, describe, expect, it, vi } from 'vitest';
import { CommandError } from '../../../lib/cli/command-error.js';
import { untilStopped } from '../../../lib/cli/until-stopped.js';
import { ZooKeeperError } from '../../../lib/core/errors.js';
import { DataWatch } from '../../../recipes/watches/data-watch.js';
import { FakeClient } from '../../../testing/fake-client.js';

const HOPELESS = new ZooKeeperError('UNIMPLEMENTED', 'the server does not know getData');
const TRANSIENT = new ZooKeeperError('NO_AUTH', 'the client may not read /config');

afterEach(() => vi.restoreAllMocks());

/** A watch of the command after its first call, and the lines that it prints on stderr. */
async function watched() {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  const client = new FakeClient();
  client.tree.create('/config');
  const watch = new DataWatch(client, '/config', () => {});
  const ended = untilStopped(watch);
  await watch.ready;
  return { client, watch, ended, lines };
}

describe('a watch of the command', () => {
  it('ends the command with the error that has stopped it, printed once', async () => {
    const { client, ended, lines } = await watched();
    client.readError = () => HOPELESS;
    client.tree.set('/config', 'new');
    const error = await ended.catch((reason) => reason);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ message: `the watch of /config has stopped: ${HOPELESS.message}`, cause: HOPELESS });
    expect(lines).toEqual([]);
  });

  it('prints an error that does not stop it, and goes on', async () => {
    const { client, watch, ended, lines } = await watched();
    client.readError = () => TRANSIENT;
    client.tree.set('/config', 'new');
    await vi.waitUntil(() => lines.length > 0);
    expect(lines).toEqual([`zk-recipes: ${TRANSIENT.message}\n`]);
    expect(watch.stopped).toBe(false);
    watch.stop();
    await expect(ended).resolves.toBeUndefined();
  });

  it('ends with the last error, or without one, when its first call must come in time and does not', async () => {
    const client = new FakeClient();
    client.tree.create('/config');
    client.readError = () => TRANSIENT;
    const failing = new DataWatch(client, '/config', () => {});
    await expect(untilStopped(failing, { within: 20 })).rejects.toBe(TRANSIENT);
    const silent = new DataWatch(new FakeClient('connecting'), '/config', () => {});
    await expect(untilStopped(silent, { within: 20 })).rejects.toThrow(/^there was no answer within 20 ms$/);
    for (const watch of [failing, silent]) watch.stop();
  });
});
