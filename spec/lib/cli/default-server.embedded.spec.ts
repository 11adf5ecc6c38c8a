import { describe, expect, it, vi } from 'vitest';
import { CommandError } from '../../../lib/cli/command-error.js';
import { COMMAND } from '../../../lib/cli/limits.js';
import { withClient } from '../../../lib/cli/with-client.js';
import { CliFixture } from './cli-fixture.js';

describe('the server that nobody has named', () => {
  it('is named on stderr when it is used', async () => {
    await using fixture = await CliFixture.open();
    const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { connectString: connect } = fixture.server;
    await withClient({ connect, isDefault: true, timeout: undefined, options: {} }, async () => {});
    await withClient({ connect, isDefault: false, timeout: undefined, options: {} }, async () => {});
    const lines = printed.mock.calls.map(([line]) => line);
    printed.mockRestore();
    expect(lines).toEqual([`zk-recipes: no server is named (--connect or ZK_RECIPES_CONNECT): it is ${connect}\n`]);
  });

  it('is given up soon when it is not there, and the message says how to start or name one', async () => {
    const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const begun = performance.now();
    const servers = { connect: '127.0.0.1:1', isDefault: true, timeout: undefined, options: {} };
    const error = await withClient(servers, async () => {}).catch((reason: unknown) => reason);
    printed.mockRestore();
    expect(error).toBeInstanceOf(CommandError);
    expect((error as Error).message).toMatch(/ECONNREFUSED.*zk-recipes serve.*--connect host:port$/);
    expect(performance.now() - begun).toBeGreaterThan(COMMAND.defaultServer.timeout / 2);
  });
});
