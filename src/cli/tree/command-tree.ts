/** All commands with their arguments and options, as commander has them: what completion and the manual page are made of. */
import type { EventEmitter } from 'node:events'
import type { Argument, Command, Option } from 'commander'
import { formats } from '../../format/all.ts'

export type TreeOption = {
  /** `-o`, `--output`; one of them may be missing. */
  readonly names: readonly string[]
  readonly description: string
  /** What its value is called; undefined where it takes none. */
  readonly value: string | undefined
  readonly choices: readonly string[]
  readonly isRepeatable: boolean
}

export type TreeArgument = {
  readonly name: string
  readonly description: string
  readonly choices: readonly string[]
}

export type TreeCommand = {
  readonly name: string
  readonly summary: string
  readonly description: string
  /** As behind `Usage:`, without the name of the program; one line for each way. */
  readonly usage: readonly string[]
  readonly arguments: readonly TreeArgument[]
  readonly options: readonly TreeOption[]
  /** The text below the options: examples. */
  readonly after: string
}

/** The options of the program itself, and of every command. */
export const HELP_OPTION: TreeOption = {
  names: ['-h', '--help'],
  description: 'print this help',
  value: undefined,
  choices: [],
  isRepeatable: false,
}
export const VERSION_OPTION: TreeOption = {
  ...HELP_OPTION,
  names: ['-v', '--version'],
  description: 'print the version',
}

export type Summarized = { readonly command: Command; readonly summary: string }

/** The same commands as plain values. */
export const commandTree = (commands: readonly Summarized[]): readonly TreeCommand[] =>
  commands.map(({ command, summary }) => treeOf(command, summary))

function treeOf(command: Command, summary: string): TreeCommand {
  let after = ''
  const write = (text: string) => {
    after += text
  }
  // Commander keeps the text of `addHelpText` in listeners, and does not say in its types that it emits events.
  const events = command as unknown as EventEmitter
  events.emit('afterHelp', { error: false, command, write })
  return {
    name: command.name(),
    summary,
    description: command.description(),
    usage: command
      .usage()
      .split('\n')
      .map((line) => line.trim().replace(/^tailrace \S+ ?/, '')),
    arguments: command.registeredArguments.map(argumentOf),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionOf), HELP_OPTION],
    after: after.trim(),
  }
}

const argumentOf = (argument: Argument): TreeArgument => ({
  name: argument.name(),
  description: argument.description,
  choices: argument.argChoices ?? [],
})

function optionOf(option: Option): TreeOption {
  const { short, long, description, flags, argChoices, required, optional } = option
  const [, value] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? []
  return {
    names: [short, long].filter((name) => name !== undefined),
    description,
    value: required || optional ? (value ?? 'value') : undefined,
    choices: argChoices ?? (long === '--format' ? [...formats.names] : []),
    isRepeatable: description.includes('may be repeated'),
  }
}

/** Whether a value with this name is a path: `file`, `folder`, `FILE.sql`. */
export const isPath = (value: string): boolean => /^(file|folder|pipeline)\b/i.test(value)
