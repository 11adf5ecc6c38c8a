import { COMMAND } from './limits.js';

/**
 * Ends the process by SIGTERM once npx has ended. npx passes SIGTERM on to a shell between it and this process, and the
 * shell dies of it without passing it on.
 */
export function endWithNpx(): void {
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = '' } = process.env;
  // Behind a package script, a process may be left running on purpose.
  if (event !== 'npx' || !script.includes('zk-recipes')) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, COMMAND.parentCheck);
  timer.unref();
}
