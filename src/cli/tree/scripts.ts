/**
 * Scripts by which a shell completes the command line of tailrace. They are made from the commands themselves and hold all
 * names, so nothing is started while a person types. Where a path may stand, the shell completes it as it always does.
 */
import { quotedInShell } from '../../base/failure.ts'
import { HELP_OPTION, isPath, type TreeCommand, type TreeOption, VERSION_OPTION } from './command-tree.ts'

export type Shell = 'bash' | 'zsh' | 'fish'
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

type Writer = (commands: readonly TreeCommand[]) => string

/** The script for a shell. */
export const completionScript = (shell: Shell, commands: readonly TreeCommand[]): string =>
  ({ bash: bashScript, zsh: zshScript, fish: fishScript })[shell](commands)

const namesOf = (options: readonly TreeOption[]): string => options.flatMap(({ names }) => names).join(' ')
const commandNames = (commands: readonly TreeCommand[]): string =>
  [...commands.map(({ name }) => name), 'help'].join(' ')
const argumentChoices = ({ arguments: of }: TreeCommand): readonly string[] => of.flatMap(({ choices }) => choices)

const bashScript: Writer = (commands) => `# Completion of tailrace for bash:
#   source <(tailrace completion bash)
_tailrace() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' word words=''
  COMPREPLY=()
  # Bash makes words of its own at the = of --option=value.
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    if [[ $word != -* ]]; then command=$word; break; fi
  done
  case "$command $prev" in
${commands.flatMap((command) => command.options.flatMap((option) => bashValue(command.name, option))).join('\n')}
  esac
  case $command in
    '') words='${commandNames(commands)} ${namesOf([HELP_OPTION, VERSION_OPTION])}' ;;
    help) words='${commandNames(commands)}' ;;
${commands.map(bashCommand).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -o default -F _tailrace tailrace
`

/** What follows an option with a value. */
function bashValue(command: string, { names, value, choices }: TreeOption): string[] {
  if (value === undefined) return []
  const pattern = names.map((name) => `'${command} ${name}'`).join(' | ')
  if (choices.length > 0) {
    return [`    ${pattern}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return ;;`]
  }
  // Without an answer of ours bash completes paths; a value that is none has no completion.
  return [`    ${pattern}) ${isPath(value) ? '' : 'compopt +o default +o bashdefault 2>/dev/null; '}return ;;`]
}

function bashCommand(command: TreeCommand): string {
  const { name, options } = command
  const choices = argumentChoices(command)
  const plain = choices.length > 0 ? `words='${choices.join(' ')}'` : 'return'
  return `    ${name}) if [[ $cur == -* ]]; then words='${namesOf(options)}'; else ${plain}; fi ;;`
}

const zshScript: Writer = (commands) => `#compdef tailrace
# Completion of tailrace for zsh, as the file _tailrace in a folder of $fpath, or:
#   source <(tailrace completion zsh)
_tailrace() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quotedInShell(`${name}:${summary}`)}`).join('\n')}
    'help:print the help of a command'
  )
  if (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then _arguments ${[HELP_OPTION, VERSION_OPTION].flatMap(zshOption).join(' ')}
    else _describe -t commands command commands; fi
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    help) _describe -t commands command commands ;;
${commands.map(zshCommand).join('\n')}
  esac
}
if [[ $funcstack[1] == _tailrace ]]; then _tailrace "$@"; else compdef _tailrace tailrace; fi
`

function zshCommand(command: TreeCommand): string {
  const choices = argumentChoices(command)
  const words = choices.length > 0 ? [`'*:argument:(${choices.join(' ')})'`] : []
  const files = choices.length > 0 || command.arguments.length === 0 ? [] : ["'*:file:_files'"]
  return `    ${command.name}) _arguments ${[...command.options.flatMap(zshOption), ...words, ...files].join(' \\\n      ')} ;;`
}

function zshOption({ names, description, value, choices, isRepeatable }: TreeOption): string[] {
  const action = choices.length > 0 ? `(${choices.join(' ')})` : value !== undefined && isPath(value) ? '_files' : ' '
  const what = `[${description.replaceAll(/[[\]:\\]/g, '\\$&')}]`
  const behind = value === undefined ? '' : `:${value.replaceAll(/[:<>=[\]\\]/g, ' ').trim()}:${action}`
  const others = isRepeatable ? '*' : names.length > 1 ? `(${names.join(' ')})` : ''
  return names.map((name) =>
    quotedInShell(`${others}${name}${value !== undefined && name.startsWith('--') ? '=' : ''}${what}${behind}`),
  )
}

const fishScript: Writer = (
  commands,
) => `# Completion of tailrace for fish: ~/.config/fish/completions/tailrace.fish, or
#   tailrace completion fish | source
${[HELP_OPTION, VERSION_OPTION].map((option) => fishOption('__fish_use_subcommand', option)).join('\n')}
${commands.map(({ name, summary }) => `complete -c tailrace -f -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`).join('\n')}
complete -c tailrace -f -n __fish_use_subcommand -a help -d 'print the help of a command'
complete -c tailrace -f -n '__fish_seen_subcommand_from help' -a '${commandNames(commands)}'
${commands.flatMap(fishCommand).join('\n')}
`

function fishCommand(command: TreeCommand): string[] {
  const seen = `__fish_seen_subcommand_from ${command.name}`
  const choices = argumentChoices(command)
  const words = choices.length > 0 ? [`complete -c tailrace -f -n '${seen}' -a '${choices.join(' ')}'`] : []
  return [...command.options.map((option) => fishOption(seen, option)), ...words]
}

function fishOption(when: string, { names, description, value, choices }: TreeOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ')
  const takes = value === undefined ? '' : isPath(value) ? ' -r' : ' -x'
  const words = choices.length > 0 ? ` -a '${choices.join(' ')}'` : ''
  return `complete -c tailrace -n '${when}' ${flags}${takes}${words} -d ${fishQuoted(description)}`
}

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
