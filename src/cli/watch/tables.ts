/**
 * The tables of `tailrace watch`: their format is found as `query` finds it, and the event time is the column that the
 * statement makes windows of. A table without a line yet is waited for.
 */
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { type Clock, slept } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { isHdfsPath } from '../../client/webhdfs/address.ts'
import type { OpenFormat } from '../../format/format.ts'
import { prepareFormat } from '../../format/open.ts'
import { formatOption } from '../../query/format-option.ts'
import { type FileTable, openTable, type TableSpec } from '../../query/table-files.ts'
import { isTimestamp } from '../../record/type.ts'
import type { SourceType } from '../../source/source.ts'
import { stdinFrom } from '../../source/stdin.ts'
import { type Described, describeTable } from '../ask/described.ts'
import { foundText, noLinesText } from '../ask/found-text.ts'
import { openLiveHead } from './live-head.ts'
import { findLogs, type LogOptions } from './logs.ts'

const LOOK_MS: Duration = 200
const STDIN = '-'

/** A table that is followed. */
export type GrowingTable = {
  readonly name: string
  /** What it reads, for people. */
  readonly title: string
  readonly format: OpenFormat
  /** Index of the column of event time. */
  readonly rowtime: number | undefined
  /** How far rows of the sample are behind earlier ones, at most. */
  readonly disorderMs: Duration
  /** One for each partition. */
  readonly sources: readonly SourceType[]
  /** Whether it ends by itself, as standard input does. */
  readonly isStream: boolean
}

export type GrowingOptions = LogOptions & {
  readonly sql: string
  readonly stdin: Readable
  readonly signal: AbortSignal
  readonly clock: Clock
  tell(text: string): void
}

/** Opens a table; undefined where the signal was aborted before it had a line. Rejects with a Failure where it cannot be followed. */
export async function openWatched(spec: TableSpec, options: GrowingOptions): Promise<GrowingTable | undefined> {
  refuse(spec)
  const pipe = pipeOf(spec)
  const live =
    pipe === undefined ? undefined : await openLiveHead(pipe === STDIN ? options.stdin : createReadStream(pipe))
  const table = await openWithLines(spec, live?.head, options)
  if (table === undefined) return undefined
  refuseOther(table)
  const described = await describeTable(spec.patterns.join(' '), table)
  const { format, rowtime, note } = await withEventTime(table, described, options.sql)
  if (table.detected)
    options.tell(
      table.sample.count === 0
        ? noLinesText(table)
        : `table ${spec.name}: format ${foundText(table)}${table.whyNot === undefined ? '' : ` (${table.whyNot})`}${note}`,
    )
  const stream = live?.whole
  return {
    name: spec.name,
    title: spec.patterns.join(' '),
    format,
    rowtime,
    disorderMs: described.eventTime?.disorderMs ?? 0,
    sources:
      stream === undefined
        ? await findLogs(spec.patterns, { ...options, hasTime: rowtime !== undefined })
        : [stdinFrom(() => stream)],
    isStream: stream !== undefined,
  }
}

function refuse({ name, patterns }: TableSpec): void {
  const remote = patterns.find(isHdfsPath)
  if (remote === undefined) return
  throw new Failure('usage', `table ${name} is in HDFS, where files are not followed`, {
    hint: `To ask what is there: tailrace query "SELECT …" ${remote}`,
  })
}

function refuseOther({ name, parquet, files }: FileTable): void {
  const document = files.find(({ isDocument }) => isDocument === true)
  const what =
    parquet !== undefined
      ? 'of Parquet files, which do'
      : document && `one JSON document (${document.path}), which does`
  if (what === undefined) return
  throw new Failure('usage', `table ${name} is ${what} not grow line by line`, {
    hint: 'To ask what is in it: tailrace query "SELECT …" FILE',
  })
}

/** Standard input or a pipe that is the table; undefined where it consists of files. */
function pipeOf({ name, patterns }: TableSpec): string | undefined {
  const pipe = patterns.find(
    (pattern) => pattern === STDIN || statSync(pattern, { throwIfNoEntry: false })?.isFIFO() === true,
  )
  if (pipe === undefined || patterns.length === 1) return pipe
  throw new Failure(
    'usage',
    `table ${name} is ${pipe === STDIN ? 'standard input' : pipe} and files too: give one of them`,
  )
}

/** Opens the table once it has a line, unless the format is known without one. */
async function openWithLines(
  spec: TableSpec,
  head: Readable | undefined,
  { clock, signal, tell }: GrowingOptions,
): Promise<FileTable | undefined> {
  if (head !== undefined) {
    const table = await openTable({ ...spec, patterns: [STDIN] }, head)
    await table.stream?.close?.()
    return table
  }
  for (let looks = 0; ; looks++) {
    const table = await openTable(spec, process.stdin)
    if (table.sample.count > 0 || spec.format !== undefined || table.parquet !== undefined) return table
    if (looks === 0) tell(`table ${spec.name}: no lines yet; its format is found in the first ones (--format says it)`)
    if (!(await slept(clock, LOOK_MS, signal))) return undefined
  }
}

type Timed = { readonly format: OpenFormat; readonly rowtime: number | undefined; readonly note: string }

/**
 * The format with its event time: the column that the statement names in DESCRIPTOR, else that of the format, else the first
 * column of times. Numbers since 1970 become times where DESCRIPTOR names them.
 */
async function withEventTime(table: FileTable, described: Described, sql: string): Promise<Timed> {
  const { format } = table
  const named = descriptorsIn(sql)
  const isNamed = (name: string) => named.includes(name)
  const { eventTime } = described
  if (eventTime?.unit !== undefined && isNamed(eventTime.column)) {
    const opened = await reopened(table, described)
    const rowtime = opened.fields.findIndex(({ name }) => name === eventTime.column)
    return { format: opened, rowtime, note: `; ${eventTime.column} is read as times since 1970, in ${eventTime.unit}` }
  }
  const { fields } = format
  const at = fields.findIndex(({ name, type }) => isTimestamp(type) && isNamed(name))
  const first = fields.findIndex(({ type }) => isTimestamp(type))
  const rowtime = at >= 0 ? at : (format.rowtime ?? first)
  return { format, rowtime: rowtime < 0 ? undefined : rowtime, note: '' }
}

/** The format as a topic declares it, with times in place of numbers. */
async function reopened(table: FileTable, described: Described): Promise<OpenFormat> {
  // Both are only needed here.
  const [{ parse }, { topicYaml }] = await Promise.all([import('yaml'), import('../ask/topic-yaml.ts')])
  const { topics } = parse(topicYaml({ ...described, pattern: 'log' })) as { topics: { log: { format: unknown } } }
  const chosen = await formatOption(JSON.stringify(topics.log.format))
  const { format, options } = await prepareFormat(chosen, { folder: process.cwd() })
  return format.open(options, table.sample)
}

/** The names of columns that windows are made of. */
const descriptorsIn = (sql: string): readonly string[] =>
  [...sql.matchAll(/\bDESCRIPTOR\s*\(\s*(?:`((?:[^`]|``)+)`|(\w+))\s*\)/gi)].map(
    ([, quoted, plain]) => quoted?.replaceAll('``', '`') ?? plain ?? '',
  )
