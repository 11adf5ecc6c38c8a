/** Carries the commands of the parent out, one after the other. Ends with the parent. */
export function obey<Command>(carryOut: (command: Command) => Promise<object> | object): void {
  let before: Promise<unknown> = Promise.resolve();
  process.on('message', (command) => {
    before = before.then(async () => process.send?.(await carryOut(command as Command)));
  });
  process.on('disconnect', () => process.exit());
}
