#!/usr/bin/env node
import { createRequire } from 'node:module';
import { ZooKeeperError } from '../errors.js';
import { ExitCode } from './exit-code.js';
import { SERVE_HELP, serve } from './serve.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: zk-recipes <command>

${SERVE_HELP}

  zk-recipes --help
  zk-recipes --version`;

async function main([command, ...args]: readonly string[]): Promise<number> {
  const asksForHelp = [command, ...args].some((argument) => argument === '--help' || argument === '-h');
  if (asksForHelp || command === 'help') {
    console.log(HELP);
    return ExitCode.done;
  }
  switch (command) {
    case 'serve':
      return serve(args);
    case '--version':
    case '-v':
      console.log(version());
      return ExitCode.done;
    case undefined:
      throw new UsageError('which command?');
    default:
      throw new UsageError(`there is no command ${JSON.stringify(command)}`);
  }
}

function version(): string {
  return createRequire(import.meta.url)('zk-recipes/package.json').version;
}

function report(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`zk-recipes: ${error.message}\n\n${HELP}`);
    return ExitCode.misused;
  }
  if (!(error instanceof ZooKeeperError)) throw error;
  console.error(`zk-recipes: ${error.message}`);
  return ExitCode.failed;
}

// Whoever was reading has gone: no reason to end.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

process.exitCode = await main(process.argv.slice(2)).catch(report);
