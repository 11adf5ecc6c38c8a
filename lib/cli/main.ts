#!/usr/bin/env node
import { endWithNpx } from './end-with-npx.js';
import { runCommand } from './run-command.js';

// A closed stdout must not crash the process: each command handles it in its own way.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

endWithNpx();
process.exitCode = await runCommand(process.argv.slice(2));
