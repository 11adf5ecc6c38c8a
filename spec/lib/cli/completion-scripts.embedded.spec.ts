import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SCRIPTS } from '../../../lib/cli/completion/scripts.js';

/** Completes a line in bash, with a `zk-recipes` that answers so: its arguments, and then the replies. */
function completed(line: string, answer: string): string[] {
  const program = `
    ${SCRIPTS.bash}
    zk-recipes() { printf '<%s>' "$@" >&3; printf '%s' $'${answer}'; }
    compopt() { local IFS=' '; printf ' %s' "$*" >&3; }
    COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}
    exec 3>&1
    _zk_recipes
    printf '\\n%s' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', program], { encoding: 'utf8' }).split('\n');
}

describe('the completion of bash', () => {
  it('hands over the words, also those with a colon and an empty last one', () => {
    expect(completed('zk-recipes -z h:1 get ', 'a')).toEqual(['<completion><words><--><-z><h:1><get><>', 'a']);
    expect(completed('zk-recipes wat', 'watch\\nb c')).toEqual(['<completion><words><--><wat>', 'watch', 'b\\ c']);
  });

  it('quotes names that the shell would run, split or take for patterns of files', () => {
    const [, ...replies] = completed('zk-recipes get /', '/$(id)\\n/*\\n/`id`;id');
    expect(replies).toEqual(['/\\$\\(id\\)', '/\\*', '/\\`id\\`\\;id']);
  });

  it('adds no space after a path, since more may follow', () => {
    expect(completed('zk-recipes get /a', '/app')).toEqual([expect.stringMatching(/<\/a> -o nospace$/), '/app']);
  });
});
