/**
 * `tailrace watch`: SQL over files as they grow, without a pipeline file. It is a run of a pipeline in memory: nothing is kept,
 * and it ends at Ctrl-C, or with standard input.
 */
import { Command, Option } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { openMemoryDisk } from '../../base/disk/memory-disk.ts'
import { describeFailure, Failure, throwAll } from '../../base/failure.ts'
import { memoryBytes } from '../../base/memory.ts'
import { newSeed, seededRandom } from '../../base/random.ts'
import { roundSpan } from '../../base/units.ts'
import { formatOption } from '../../query/format-option.ts'
import { runPipeline } from '../../run/run.ts'
import type { RunSummary } from '../../run/run-summary.ts'
import { canRedraw } from '../../terminal/colour.ts'
import { SharedOutput } from '../../terminal/output.ts'
import { openDeadLines } from '../ask/dead-lines.ts'
import { type AskedStatement, statementOf } from '../ask/statement.ts'
import { memoryAsked, refuseUnknownZone, tablesAsked } from '../ask/tables.ts'
import { refuseAddresses } from '../ask/web-address.ts'
import { watchOutput } from '../closed-output.ts'
import { watchRun } from '../look/watched-run.ts'
import { collect } from '../option/repeated.ts'
import { sayAbove, stopOnSignal, summaryText } from '../run.ts'
import { say as sayPlainly } from '../say.ts'
import { HELP } from './help.ts'
import { LIVE_FORMS, type LiveForm } from './live-rows.ts'
import { watchPipeline } from './pipeline.ts'
import { type PlannedWatch, planWatched } from './plan.ts'
import { shownSink } from './shown.ts'
import { type GrowingTable, openWatched } from './tables.ts'
import { forWatch, givenRows, givenTimes, type TimeOptions } from './times.ts'

type WatchCommandOptions = TimeOptions & {
  readonly file?: string
  readonly format?: string
  readonly output?: LiveForm
  readonly header: boolean
  readonly quiet?: boolean
  readonly rows?: string
  readonly table: readonly string[]
  readonly functions: readonly string[]
  readonly timezone: string
  readonly memory?: string
}

/** How long the last rows may take to be read once the run is stopped. */
const LAST_WAIT_MS = 2000

/** The command `watch`. */
export function watchCommand(): Command {
  return new Command('watch')
    .description(
      'Asks SQL of files as they grow (plain, .gz, .zst, globs), or of standard input (-). They are the table "log".',
    )
    .usage('[options] <SQL> [FILE...]\n       tailrace watch [options] -f FILE.sql [FILE...]')
    .argument('[SQL]', 'a statement of Flink SQL, in streaming mode; with -f it is in that file')
    .argument('[FILE...]', 'files, globs, or - for standard input')
    .option('-f, --file <file>', 'read the statement from a file')
    .option('--from <start>', 'all: what is there, then what comes; end: only what comes from now on', 'all')
    .option('--since <time>', 'only lines of this time and later: 10m (ago), 2026-05-15T20:00')
    .option('--format <name>', 'format of the files, with its options if need be; found by looking, if not said')
    .addOption(
      new Option(
        '-o, --output <form>',
        'write rows as text, also to a terminal (default: a live table there, else table)',
      ).choices(LIVE_FORMS),
    )
    .addOption(new Option('--json', 'the same as -o ndjson').implies({ output: 'ndjson' }))
    .option('--no-header', 'leave out the names of columns (table, vertical, csv)')
    .option('-n, --rows <count>', 'the most rows of the table on a terminal; as many as fit, if not said')
    .option('-q, --quiet', 'say nothing of formats and counts; warnings and dead letters are still shown')
    .option('--table <name=glob[:format]>', 'another table; may be repeated', collect, [])
    .option('--functions <file>', 'functions in TypeScript that the statement calls; may be repeated', collect, [])
    .option('--timezone <zone>', 'time zone of the session', 'UTC')
    .option(
      '--delay <time>',
      'how far the watermark trails the latest event time: windows take lines that are this late',
    )
    .option(
      '--idle <time>',
      'after this time without a line, event time goes on by the clock; never: it waits for lines',
    )
    .option(
      '--every <time>',
      'how often an answer that changes is shown anew, in event time (default: 1s on a terminal, else 10s)',
    )
    .option('--ttl <time>', 'forget a key that was not seen for this time (answers that change)')
    .option('--memory <size>', 'how much open windows and keys may take', '256MiB')
    .addHelpText('after', HELP)
    .action((sql: string | undefined, files: readonly string[], options: WatchCommandOptions) =>
      watch(statementOf(sql === undefined ? files : [sql, ...files], options.file, 'watch'), options),
    )
}

async function watch(statement: AskedStatement, options: WatchCommandOptions): Promise<void> {
  const isLive = options.output === undefined && canRedraw(process.stdout, process.env)
  const times = givenTimes(options, isLive)
  refuseUnknownZone(options.timezone)
  const rows = givenRows(options.rows)
  if (options.format !== undefined) await formatOption(options.format)
  const specs = tablesAsked(statement.patterns, options)
  if (specs.length === 0) {
    throw new Failure('usage', 'there is nothing to watch', {
      hint: 'Name files behind the statement, or - for standard input: tailrace watch "SELECT …" access.log',
    })
  }
  if (specs.filter(({ patterns }) => patterns.includes('-')).length > 1) {
    throw new Failure('usage', 'standard input (-) can be one table, not two')
  }
  refuseAddresses(specs, 'watch')
  const tell = options.quiet === true ? () => {} : sayPlainly
  const stop = stopOnSignal(() => {})
  const tables: GrowingTable[] = []
  const opening = { clock: systemClock, wanted: times.wanted, sql: statement.sql, stdin: process.stdin }
  for (const spec of specs) {
    const table = await openWatched(spec, { ...opening, signal: stop.signal, tell })
    if (table === undefined) return
    tables.push(table)
  }
  const planned = await planWatched(statement, tables, { ...options, ...times })
  for (const warning of planned.warnings) sayPlainly(`warning: ${describeFailure(warning)}`)
  try {
    await runWatched(planned, {
      ...options,
      isLive,
      rows,
      stop,
      memory: Math.min(memoryAsked(options.memory ?? ''), memoryBytes() / 2),
    })
  } finally {
    process.stdin.destroy()
  }
}

type Running = Pick<WatchCommandOptions, 'output' | 'header' | 'quiet' | 'timezone'> & {
  readonly rows: number | undefined
  readonly stop: AbortController
  readonly memory: number
  /** Whether the output is drawn in place. */
  readonly isLive: boolean
}

async function runWatched({ query, tables, catalog, session, idleMs }: PlannedWatch, running: Running): Promise<void> {
  const { output: form, header, quiet, timezone, rows, stop, memory, isLive } = running
  const output = new SharedOutput(process.stdout, isLive)
  const { screen } = output
  unblock(process.stdout)
  const say = screen !== undefined && process.stderr.isTTY === true ? sayAbove(screen) : sayPlainly
  const letters = openDeadLines(say, undefined, false)
  const giveUp = new AbortController()
  const title = tables.map((table) => table.title).join(', ')
  const sink = shownSink({
    plan: query.plan,
    title,
    form: form ?? 'table',
    hasHeader: header,
    rows,
    giveUp: giveUp.signal,
  })
  const dead = (file: string, line: Uint8Array, byte: number, reason: string) =>
    letters.add({ file: `table ${file}`, byte, reason, line })
  const pipeline = watchPipeline(query, { tables, catalog, sink }, { session, timezone, idleMs, memory, dead })
  const watched = watchRun(output, systemClock)
  const closed = watchOutput({ output, stop, pipeline: () => pipeline, say })
  stop.signal.addEventListener('abort', () => void giveUpLate(output, giveUp, say))
  let unusable: readonly Failure[] = []
  const summary = await runPipeline(pipeline, {
    dataFolder: '/watch',
    untilEnd: tables.every(({ isStream }) => isStream),
    reset: new Map(),
    clock: systemClock,
    random: seededRandom(newSeed()),
    disk: openMemoryDisk(),
    stop: stop.signal,
    machineZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    output,
    started() {
      if (screen === undefined && quiet !== true) say(`watching ${title}`)
    },
    warn(message) {
      // Of what a reader that has enough left unread, nothing is lost.
      if (!output.isClosed) say(`warning: ${forWatch(message)}`)
    },
    unusable(failures) {
      unusable = failures
    },
    show: watched.show,
  })
    .catch(tooMuch)
    .finally(() => watched.end())
  closed.check()
  if (quiet !== true) sayPlainly(endText(summary))
  throwAll(unusable)
  // What the reader has not taken yet would keep the process.
  if (giveUp.signal.aborted) process.exit()
}

/** The counts of the run; a rate would say how long the log was quiet. */
const endText = (summary: RunSummary): string =>
  summaryText({ ...summary, late: {} }).replace(/, [\d.]+ s, \d+ lines\/s$/, `, in ${roundSpan(summary.elapsedMs)}`)

/** After a stop, a slow reader is not waited for any longer than this. */
async function giveUpLate(output: SharedOutput, giveUp: AbortController, say: (text: string) => void): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LAST_WAIT_MS).unref())
  if (output.isClosed) return
  say('the reader of standard output is slow: the rest of the rows is left out')
  output.close()
  giveUp.abort()
}

/**
 * Node writes to a pipe in a way that stops the whole process while the pipe is full: a slow reader would keep it from hearing
 * Ctrl-C. Where this cannot be changed, it stays so.
 */
function unblock(stream: NodeJS.WriteStream): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): unknown } }
  if (stream.isTTY !== true) handle?.setBlocking?.(false)
}

/** Throws the failure of a run; one of a state beyond its limit with the options of watch. */
function tooMuch(error: unknown): never {
  if (!(error instanceof Failure && error.code === 'limit')) throw error
  throw new Failure(error.code, error.message.replace(/^query "watch"/, 'the statement'), {
    hint: 'Let it have more (--memory 1GiB), or let it hold less: smaller windows, fewer groups, keys for a shorter time (--ttl 1h), a shorter --delay.',
    cause: error,
  })
}
