/** Each asks the command itself for the words that may come next, which are none where files may. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# Completion of zk-recipes for bash: source <(zk-recipes completion bash)
_zk_recipes() {
  local line=\${COMP_LINE:0:COMP_POINT} IFS=$' \\t\\n'
  local -a words
  local word
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  COMPREPLY=()
  while IFS= read -r word || [[ -n $word ]]; do
    printf -v word %q "$word"
    COMPREPLY+=("$word")
  done < <(zk-recipes completion words -- "\${words[@]:1}" 2>/dev/null)
  [[ \${COMPREPLY[0]} == /* ]] && compopt -o nospace 2>/dev/null
}
complete -o bashdefault -o default -F _zk_recipes zk-recipes`,

  zsh: `#compdef zk-recipes
# Completion of zk-recipes for zsh, after compinit: source <(zk-recipes completion zsh)
_zk_recipes() {
  local -a found
  found=("\${(@f)$(zk-recipes completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z $found[1] ]]; then _files
  elif [[ $found[1] == /* ]]; then compadd -S '' -- $found
  else compadd -- $found
  fi
}
compdef _zk_recipes zk-recipes`,

  fish: `# Completion of zk-recipes for fish: zk-recipes completion fish | source
function __zk_recipes
    set -l words (commandline -opc) (commandline -ct)
    set -l found (zk-recipes completion words -- $words[2..-1] 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c zk-recipes -f -a '(__zk_recipes)'`,
};
