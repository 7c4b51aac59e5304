/** The manual page `tailrace(1)`, in the macros of man(7), made from the commands. */
import {
  HELP_OPTION,
  type TreeArgument,
  type TreeCommand,
  type TreeOption,
  VERSION_OPTION,
} from '../src/cli/tree/command-tree.ts'

/** The whole page. */
export function manualPage(commands: readonly TreeCommand[], version: string, description: string): string {
  return `${[
    // Without a date: with one, no two builds would be alike.
    `.TH TAILRACE 1 "" "tailrace ${version}" "User Commands"`,
    '.SH NAME',
    `tailrace \\- ${escaped(description)}`,
    '.SH SYNOPSIS',
    ...commands
      .flatMap(({ name, usage }) => usage.flatMap((line) => ['.br', `.B tailrace ${name}`, escaped(line)]))
      .slice(1),
    '.SH DESCRIPTION',
    'A pipeline file says where lines come from, what is asked about them in SQL, and where the answers go;',
    '.B tailrace run',
    'runs it.',
    '.B tailrace query',
    'asks SQL of files. Data goes to standard output, messages to standard error.',
    '.SH OPTIONS',
    ...[HELP_OPTION, VERSION_OPTION].flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...item('0', 'It succeeded.'),
    ...item('1', 'It failed, or a check found something.'),
    ...item('2', 'The command line is wrong.'),
    ...item('78', 'The pipeline file is wrong.'),
    ...item('128+N', 'Signal N ended it: 130 after a second Ctrl-C.'),
    '.SH ENVIRONMENT',
    ...item('NO_COLOR', 'No colour anywhere (https://no-color.org). Tables are still drawn in place.'),
    ...item('TERM', 'In a terminal that is dumb nothing is drawn over: rows are appended.'),
    ...item('TAILRACE_DEBUG', 'Errors come with the stack at which they were made.'),
    ...item('XDG_CACHE_HOME', 'Where compiled code is kept for the next start (~/.cache).'),
  ].join('\n')}\n`
}

function commandLines({ name, description, usage, arguments: words, options, after }: TreeCommand): readonly string[] {
  return [
    `.SS tailrace ${name}`,
    ...usage.flatMap((line, index) => [...(index === 0 ? [] : ['.PP']), `.B tailrace ${name}`, escaped(line)]),
    '.PP',
    escaped(description),
    ...words.flatMap(argumentLines),
    ...options.flatMap(optionLines),
    ...(after === '' ? [] : ['.PP', '.nf', ...after.split('\n').map(escaped), '.fi']),
  ]
}

const argumentLines = ({ name, description, choices }: TreeArgument): readonly string[] =>
  description === '' ? [] : item(name, `${description}${choicesText(choices)}`)

function optionLines({ names, description, value, choices }: TreeOption): readonly string[] {
  const behind = value === undefined ? '' : ` <${value}>`
  return item(`${names.join(', ')}${behind}`, `${description}${choicesText(choices)}`)
}

const choicesText = (choices: readonly string[]): string => (choices.length === 0 ? '' : ` (${choices.join(', ')})`)

const item = (name: string, text: string): readonly string[] => ['.TP', `.B ${escaped(name)}`, escaped(text)]

/** Text in which nothing is a request or an escape, and whose hyphens can be copied. */
function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  return /^[.']/.test(plain) ? `\\&${plain}` : plain
}
