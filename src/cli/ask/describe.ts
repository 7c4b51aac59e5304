/** `tailrace describe`: the format and columns of files, and a topic to paste into a pipeline file. It reads their first lines. */
import { Command, Option } from 'commander'
import { Failure, quotedInShell } from '../../base/failure.ts'
import { countText, roundSpan } from '../../base/units.ts'
import type { EpochUnit } from '../../format/declared-columns.ts'
import { formatOption } from '../../query/format-option.ts'
import { widthOf } from '../../terminal/colour.ts'
import { TextTable } from '../../terminal/table.ts'
import { printable } from '../../terminal/text.ts'
import { describeFile } from './describe-file.ts'
import type { Described } from './described.ts'
import { topicYaml } from './topic-yaml.ts'
import { refuseAddresses } from './web-address.ts'

type DescribeOptions = { readonly format?: string; readonly output: 'text' | 'yaml' | 'json' }

/** The command `describe`. */
export function describeCommand(): Command {
  return new Command('describe')
    .description('Shows the format of files, their columns with types, a first row, and a topic for a pipeline file.')
    .argument('<FILE...>', 'files (plain, .gz, .zst), globs, or - for standard input; each is shown on its own')
    .option('--format <name>', 'format of the files, with its options if need be; found by looking, if not said')
    .addOption(
      new Option('-o, --output <form>', 'how it is written; yaml: the topic alone; json: one object a line')
        .choices(['text', 'yaml', 'json'])
        .default('text'),
    )
    .addOption(new Option('--json', 'the same as -o json').implies({ output: 'json' }))
    .addHelpText(
      'after',
      `
Examples:
  tailrace describe access.log
  tailrace describe events.json -o yaml >> pipeline.yaml
  kubectl logs my-pod | tailrace describe - -o json

Columns and types of JSON and CSV are found in the first lines: read them over before you rely on them.
`,
    )
    .action(describe)
}

async function describe(patterns: readonly string[], { format, output }: DescribeOptions): Promise<void> {
  if (format !== undefined) await formatOption(format)
  refuseAddresses([{ name: 'log', patterns, format }])
  for (const [index, pattern] of patterns.entries()) {
    const described = await describeFile(pattern, format, process.stdin)
    const blank = index > 0 && output === 'text' ? '\n' : ''
    process.stdout.write(blank + textOf(described, output))
  }
}

function textOf(described: Described, output: DescribeOptions['output']): string {
  switch (output) {
    case 'json':
      if (described.parquet !== undefined) return `${JSON.stringify({ ...described, opened: undefined })}\n`
      return `${JSON.stringify({ ...described, opened: undefined, topic: topicYaml(described) })}\n`
    case 'yaml':
      if (described.parquet !== undefined) {
        throw new Failure('usage', `${described.pattern} is a Parquet file, of which no topic is made`)
      }
      return topicYaml(described)
    case 'text':
      if (described.parquet !== undefined)
        return `${[parquetText(described), '', ...columnLines(described)].join('\n')}\n`
      return `${[headOf(described), '', ...columnLines(described), '', topicHead(described), ''].join('\n')}\n${topicYaml(described)}`
  }
}

function parquetText({ pattern, rows, parquet }: Described): string {
  const { groups = 0, writer, note } = parquet ?? {}
  const by = writer === undefined ? '' : `, written by ${printable(writer)}`
  const head = `${printable(pattern)}: Parquet, ${countText(rows, 'row')} in ${countText(groups, 'row group')}${by}`
  return note === undefined ? head : `${head}\n${printable(note)}`
}

const MOST_SHOWN = 160

function headOf(described: Described): string {
  const { pattern, format, variant, isFound, lines, counts, rows, hasHeader, firstReject, isDeclared } = described
  const how = isFound ? 'found by looking' : 'as given'
  const form = variant === undefined ? '' : ` (${variant})`
  const head = `${printable(pattern)}: format ${format}${form}, ${how}`
  if (lines === 0) return `${head}: there are no lines`
  const dataLines = lines - (hasHeader ? 1 : 0)
  const read =
    rows === dataLines
      ? `all of the first ${countText(dataLines, counts)} fit`
      : `${rows} of the first ${countText(dataLines, counts)} fit`
  const names = hasHeader && isDeclared ? ', below a line of names' : ''
  const reject = firstReject === undefined ? '' : `\nthe first that does not: ${firstReject}`
  return `${head}; ${read}${names}${reject}${documentText(described)}${holdsText(described)}`
}

/** How a pipeline, whose records are lines, gets at the objects of a document. */
function documentText({ isDocument, pattern }: Described): string {
  if (isDocument !== true) return ''
  const lines = pattern === '-' ? '' : `: jq -c 'if type == "array" then .[] else . end' ${quotedInShell(pattern)}`
  return `\nit is one JSON document, which query reads; a pipeline reads lines, so make lines of its objects${lines}`
}

/** How to have the lines in a column read. */
function holdsText({ format, options, holds }: Described): string {
  if (holds === undefined) return ''
  const { column, format: inner } = holds
  const key = /^[A-Za-z_][\w.]*$/.test(column) ? column : JSON.stringify(column)
  const own = Object.keys(options as object).length === 0 ? '' : '…, '
  const option = `{ ${format}: { ${own}inside: { ${key}: ${inner} } } }`
  return `\nits column ${printable(column)} holds ${inner}: --format ${quotedInShell(option)} reads it, too`
}

function columnLines({ columns }: Described): readonly string[] {
  const table = new TextTable(['column', 'type', 'first row'].map((name) => ({ name })))
  const rows = columns.map(({ name, type, first, isReserved }) => [
    printable(isReserved ? `\`${name}\`` : name),
    type,
    shortened(first ?? ''),
  ])
  table.widen(rows)
  const { line, rule } = table.form(widthOf(process.stdout))
  const notes = columns.some(({ isReserved }) => isReserved) ? ['', 'Reserved words need backquotes in SQL.'] : []
  return [line(table.names()), rule, ...rows.map(line), ...notes]
}

/** A value that is shown to recognise it: an array may have thousands of elements. */
const shortened = (value: string): string => (value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value)

const UNIT_WORDS: { readonly [unit in EpochUnit]: string } = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
}

function topicHead({ eventTime, rows }: Described): string {
  const head = 'For a pipeline file:'
  if (eventTime === undefined)
    return `${head} (no column of times was found, so there is no watermark, and there are no windows)`
  const { column, unit, disorderMs } = eventTime
  const how = disorderMs === 0 ? 'in order' : `up to ${roundSpan(disorderMs)} behind an earlier one`
  return `${head} (event time is ${column}${unit === undefined ? '' : `, in ${UNIT_WORDS[unit]} since 1970`}; the first ${countText(rows, 'row')} are ${how})`
}
