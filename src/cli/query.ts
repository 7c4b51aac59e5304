/** `tailrace query`: SQL over files or standard input, without a pipeline. Rows go to standard output. */
import type { Worker } from 'node:worker_threads'
import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { describeFailure, Failure } from '../base/failure.ts'
import { memoryBytes } from '../base/memory.ts'
import { countText, mebibyteText } from '../base/units.ts'
import { type FileQueryOptions, type QueryOutcome, runQuery } from '../query/file-query.ts'
import { formatOption } from '../query/format-option.ts'
import type { TableSpec } from '../query/table-files.ts'
import { warningsOf } from '../sql/plan-query.ts'
import { loadFunctions } from '../sql/user-function/load.ts'
import { openProgress, type Progress } from '../terminal/progress.ts'
import { deadFile, openDeadLines } from './ask/dead-lines.ts'
import { foundText, noLinesText } from './ask/found-text.ts'
import { type AskedStatement, placedIn, statementOf } from './ask/statement.ts'
import { memoryAsked, refuseUnknownZone, tablesAsked } from './ask/tables.ts'
import { refuseAddresses } from './ask/web-address.ts'
import { tellFaults } from './file-faults.ts'
import { collect } from './option/repeated.ts'
import { type OutputForm, openRows, outputOption, refuseTitle } from './rows-out.ts'
import { say } from './say.ts'

type QueryOptions = {
  readonly file?: string
  readonly format?: string
  readonly output: OutputForm
  readonly header: boolean
  readonly title?: string
  readonly quiet?: boolean
  readonly dead?: string
  readonly strict?: boolean
  readonly table: readonly string[]
  readonly functions: readonly string[]
  readonly timezone: string
  readonly workers?: string
  readonly memory?: string
}

/** The command `query`; `helper` is a thread started in advance, if there is one. */
export function queryCommand(helper?: Worker): Command {
  return new Command('query')
    .description('Asks SQL of files (plain, .gz, .zst, globs) or of standard input (-). They are the table "log".')
    .usage('[options] <SQL> [FILE...]\n       tailrace query [options] -f FILE.sql [FILE...]')
    .argument('[SQL]', 'a statement of Flink SQL, in batch mode; with -f it is in that file')
    .argument('[FILE...]', 'files, globs, or - for standard input')
    .option('-f, --file <file>', 'read the statement from a file; - is standard input')
    .option('--format <name>', 'format of the files, with its options if need be; found by looking, if not said')
    .addOption(outputOption())
    .addOption(new Option('--json', 'the same as -o json').implies({ output: 'json' }))
    .option('--title <text>', 'the title of the page (html); the names of the files, if not said')
    .option('--no-header', 'leave out the names of columns (table, vertical, csv)')
    .option('-q, --quiet', 'say nothing of formats and counts; warnings and dead letters are still shown')
    .option('--dead <file>', 'write all dead letters to a file: JSON lines with file, byte, reason and line')
    .option('--strict', 'exit with 1 where there is any dead letter')
    .option('--table <name=glob[:format]>', 'another table; may be repeated', collect, [])
    .option('--functions <file>', 'functions in TypeScript that the statement calls; may be repeated', collect, [])
    .option('--timezone <zone>', 'time zone of the session', 'UTC')
    .option('--workers <n>', 'threads that read; by default as many as there are processors')
    .option(
      '--memory <size>',
      'how much the groups and rows that are kept may take; half of the memory there is, if not said',
    )
    .addHelpText(
      'after',
      `
Examples:
  tailrace query "SELECT http_method, COUNT(*) AS hits FROM log GROUP BY http_method" access.log
  zcat *.gz | tailrace query "SELECT path FROM log WHERE status >= 500 LIMIT 10" - --format combined -o ndjson
  tailrace query -f slowest.sql access.log -q -o csv --no-header
  tailrace query "SELECT window_start, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end" 'logs/*.gz'
  tailrace query "SELECT path, COUNT(*) AS hits FROM log GROUP BY path" access.log -o html > report.html
  tailrace query "SELECT * FROM (VALUES (1, 'a')) AS t(id, name)"
  tailrace describe access.log     the columns of a file

A line that cannot be read is a dead letter: the first are shown with their lines. It exits with 1 where
no line at all could be used, and with --strict where any could not.
`,
    )
    .action((sql: string | undefined, files: readonly string[], options: QueryOptions, command: Command) =>
      query(statementOf(sql === undefined ? files : [sql, ...files], options.file), options, { helper, command }),
    )
}

type Called = { readonly helper: Worker | undefined; readonly command: Command }

async function query(statement: AskedStatement, options: QueryOptions, { helper, command }: Called): Promise<void> {
  const { patterns } = statement
  const isQuiet = options.quiet === true
  const tell = isQuiet ? () => {} : say
  refuseUnknownZone(options.timezone)
  refuseTitle(options.output, options.title)
  // A statement without files may have rows of its own: then nothing else would find the mistake.
  if (options.format !== undefined) await formatOption(options.format)
  const specs = tablesAsked(patterns, options)
  refuseAddresses(specs)
  const functions = await loadFunctions(options.functions, '')
  // Arrays double as they grow, so the memory would end before a greater limit is reached.
  const memory = options.memory === undefined ? memoryBytes() / 2 : memoryAsked(options.memory)
  const began = systemClock.elapsed()
  const page = options.output === 'html' ? (await import('./page/query-page.ts')).openQueryPage(command) : undefined
  const rows = page?.rows ?? openRows(options.output === 'html' ? 'table' : options.output, options.header)
  let rowKey: readonly number[] | undefined
  const file = options.dead === undefined ? undefined : deadFile(options.dead)
  let progress: Progress | undefined
  // The bar gives way to anything else that is written to the terminal.
  const sayBelow = (text: string) => {
    progress?.end()
    say(text)
  }
  const dead = openDeadLines(sayBelow, file, isQuiet)
  const outcome = await runStatement(statement, specs, {
    session: { timezone: options.timezone, now: systemClock.now(), functions },
    functionFiles: options.functions,
    workers: workersOf(options.workers),
    helper,
    memory,
    stdin: process.stdin,
    deadKept: file === undefined ? 'first' : 'all',
    detected: ({ name, formatName, sample, whyNot, fitting }) =>
      tell(
        sample.count === 0
          ? noLinesText({ name, formatName })
          : `table ${name}: format ${foundText({ formatName, fitting })}${whyNot === undefined ? '' : ` (${whyNot})`}`,
      ),
    opened(paths, total) {
      file?.open(paths)
      if (!isQuiet)
        progress = openProgress(process.stderr, systemClock, {
          label: 'reading',
          total,
          show: mebibyteText,
          environment: process.env,
        })
    },
    warn: (query) => {
      rowKey = query.rowKey
      for (const warning of warningsOf(query)) say(`warning: ${describeFailure(placedIn(statement, warning))}`)
    },
    emit(batch, fields) {
      if (process.stdout.isTTY) progress?.end()
      rows.write(batch, fields)
    },
    dead: dead.add,
    progress: (bytes) => progress?.update(bytes),
  }).finally(() => progress?.end())
  const isCut = await rows.end(outcome.fields)
  if (isCut) tell('cells are cut to fit the terminal: -o vertical shows them whole')
  dead.end(outcome.dead)
  await page?.write({ ...statement, title: options.title, timezone: options.timezone, outcome, rowKey })
  const seconds = ((systemClock.elapsed() - began) / 1000).toFixed(2)
  tell(`${countsText(outcome)}, ${seconds} s`)
  tellFaults(outcome.faults)
  refuseDead(outcome, options.strict === true)
}

/** A mistake in a statement of a file is placed in that file. */
async function runStatement(
  statement: AskedStatement,
  specs: readonly TableSpec[],
  options: FileQueryOptions,
): Promise<QueryOutcome> {
  try {
    return await runQuery(statement.sql, specs, options)
  } catch (error) {
    throw error instanceof Failure ? placedIn(statement, error) : error
  }
}

const countsText = ({ lines, rows, dead }: QueryOutcome): string =>
  `lines: ${lines}, rows: ${rows}, dead letters: ${dead}`

function refuseDead({ lines, dead, isAllDead, failed, firstReason }: QueryOutcome, isStrict: boolean): void {
  if (isAllDead) {
    const isRead = failed === dead
    const also = failed === 0 || isRead ? '' : `; of ${failed} an expression failed`
    const why = isRead ? 'an expression of the statement failed for each' : `each is a dead letter${also}`
    throw new Failure('io', `none of the ${countText(lines, 'line')} could be used: ${why}`, {
      hint: isRead
        ? `The first: ${firstReason}. Correct the expression; TRY_CAST gives NULL where CAST fails.`
        : 'tailrace describe FILE shows what the format is; --format NAME chooses another.',
    })
  }
  if (isStrict && dead > 0) throw new Failure('io', `--strict: ${countText(dead, 'dead letter')}`)
}

function workersOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const workers = Number(text)
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw new Failure('usage', `--workers ${text}: expected a whole number from 1 to 256`)
  }
  return workers
}
