export type Shell = "bash" | "zsh" | "fish";

/**
 * Each asks `nodeseal complete -- WORD …`, which prints a candidate and its description a line. Names are read as data:
 * bash's `compgen -W` would expand them.
 */
export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_nodeseal() {
  local candidate
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    COMPREPLY+=("$candidate")
  done < <(nodeseal complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _nodeseal nodeseal
`,
  zsh: `#compdef nodeseal
_nodeseal() {
  local name description
  local -a names shown
  while IFS=$'\\t' read -r name description; do
    names+=("$name")
    shown+=("$name\${description:+  -- $description}")
  done < <(nodeseal complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#names} )); then compadd -l -d shown -a names; else _files; fi
}
if [[ "\${funcstack[1]}" == _nodeseal ]]; then _nodeseal "$@"; else compdef _nodeseal nodeseal; fi
`,
  fish: `complete -c nodeseal -f -a '(nodeseal complete -- (commandline -opc)[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null)'
complete -c nodeseal -n '__fish_seen_subcommand_from check simulate kubeconfig' -F
`,
};
