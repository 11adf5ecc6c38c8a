import { invalidWord } from '../../core/validation.js';
import type { Command, LoadableCommands } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { checkPositionals, parse } from '../parse.js';
import { UsageError } from '../usage-error.js';
import { show } from '../with-ends.js';
import { candidates } from './candidates.js';
import { SCRIPTS } from './scripts.js';

const HELP = `Usage: zk-recipes completion bash|zsh|fish

Prints the completion for a shell: commands, options, and the paths of znodes on the servers
of the command line or of ZK_RECIPES_CONNECT. In the startup file of the shell:
  source <(zk-recipes completion bash)
  source <(zk-recipes completion zsh)
  zk-recipes completion fish | source`;

const SHELLS = Object.keys(SCRIPTS);
/** Asked for by the scripts. */
const WORDS = 'words';

/** The completion of these commands. */
export function completionCommand(commands: LoadableCommands): Command {
  const run = async (args: readonly string[]): Promise<number> => {
    const { positionals } = parse(args, {});
    const [shell, ...words] = positionals;
    if (shell === WORDS) {
      const found = await candidates(words, commands);
      return found.length > 0 ? show(found.join('\n')) : ExitCode.done;
    }
    checkPositionals(positionals, [`shell, ${SHELLS.join(', ')}`]);
    const script = Object.hasOwn(SCRIPTS, shell as string) ? SCRIPTS[shell as string] : undefined;
    if (script === undefined) throw new UsageError(invalidWord('the shell', shell, SHELLS).message);
    return show(script);
  };
  return { help: HELP, options: {}, words: SHELLS, takesPaths: false, run };
}
