#!/usr/bin/env node
import { createRequire } from 'node:module';
import { ZooKeeperError } from '../errors.js';
import { SERVE_HELP, serve } from './serve.js';
import { UsageError } from './usage-error.js';

const HELP = `zk-recipes <command>

${SERVE_HELP}

  zk-recipes --help
  zk-recipes --version
`;

/** Exit codes: 1 when it could not be done, 2 when it is not known what to do. */
const FAILED = 1;
const MISUSED = 2;

async function main([command, ...args]: readonly string[]): Promise<void> {
  switch (command) {
    case 'serve':
      return serve(args);
    case '--version':
    case '-v':
      console.log(version());
      return;
    case '--help':
    case '-h':
    case 'help':
      console.log(HELP);
      return;
    case undefined:
      throw new UsageError('which command?');
    default:
      throw new UsageError(`there is no command ${JSON.stringify(command)}`);
  }
}

function version(): string {
  return createRequire(import.meta.url)('zk-recipes/package.json').version;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`zk-recipes: ${error.message}\n\n${HELP}`);
    process.exitCode = MISUSED;
  } else if (error instanceof ZooKeeperError) {
    console.error(`zk-recipes: ${error.message}`);
    process.exitCode = FAILED;
  } else {
    throw error;
  }
}
