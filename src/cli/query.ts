/** `tailrace query`: SQL over files or standard input, without a pipeline. Rows go to standard output. */
import type { Worker } from 'node:worker_threads'
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { changeFailure, describeFailure, Failure } from '../base/failure.ts'
import { memoryBytes } from '../base/memory.ts'
import { findZone } from '../base/timezone.ts'
import { BYTE_SIZE, mebibyteText, parseQuantity } from '../base/units.ts'
import { runQuery } from '../query/file-query.ts'
import { formatNamed, type TableSpec } from '../query/table-files.ts'
import type { DeadLine } from '../query/unit.ts'
import { warningsOf } from '../sql/plan-query.ts'
import { openProgress } from '../terminal/progress.ts'
import { tellFaults } from './file-faults.ts'
import { collect } from './option/repeated.ts'
import { type OutputForm, openRows, outputOption } from './rows-out.ts'
import { say } from './say.ts'

type QueryOptions = {
  readonly format?: string
  readonly output: OutputForm
  readonly table: readonly string[]
  readonly timezone: string
  readonly workers?: string
  readonly memory?: string
}

/** The number of dead letters that are printed; the others are only counted. */
const PRINTED = 5

/** The command `query`; `helper` is a thread started in advance, if there is one. */
export function queryCommand(helper?: Worker): Command {
  return new Command('query')
    .description('Asks SQL of files (plain, .gz, .zst, globs) or of standard input (-). They are the table "log".')
    .argument('<SQL>', 'a statement of Flink SQL, in batch mode')
    .argument('[FILE...]', 'files, globs, or - for standard input')
    .option('--format <name>', 'format of the files; found by looking, if not said')
    .addOption(outputOption())
    .option('--table <name=glob[:format]>', 'another table; may be repeated', collect, [])
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
  tailrace query "SELECT window_start, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end" 'logs/*.gz'
  tailrace query "SELECT * FROM (VALUES (1, 'a')) AS t(id, name)"
`,
    )
    .action((sql: string, patterns: readonly string[], options: QueryOptions) => query(sql, patterns, options, helper))
}

async function query(
  sql: string,
  patterns: readonly string[],
  options: QueryOptions,
  helper: Worker | undefined,
): Promise<void> {
  if (findZone(options.timezone) === undefined) {
    throw new Failure('usage', `--timezone ${options.timezone}: there is no such time zone`, {
      hint: 'Zones have names as UTC, Europe/Berlin, America/New_York.',
    })
  }
  // A statement without files may have rows of its own: then nothing else would find the mistake.
  if (options.format !== undefined) formatNamed(options.format)
  // Arrays double as they grow, so the memory would end before a greater limit is reached.
  const memory = options.memory === undefined ? memoryBytes() / 2 : memoryOf(options.memory)
  const began = systemClock.elapsed()
  const rows = openRows(options.output)
  const dead = openDead()
  const progress = openProgress(process.stderr, systemClock, { label: 'reading', total: undefined, show: mebibyteText })
  const outcome = await runQuery(sql, tablesOf(patterns, options), {
    session: { timezone: options.timezone, now: systemClock.now() },
    workers: workersOf(options.workers),
    helper,
    memory,
    stdin: process.stdin,
    detected: (table, format, isEmpty) =>
      say(
        isEmpty
          ? `table ${table}: no lines to find its format in, so it is taken for ${format}: --format says it`
          : `table ${table}: format ${format}, found by looking`,
      ),
    warn: (query) => {
      for (const warning of warningsOf(query)) say(`warning: ${describeFailure(warning)}`)
    },
    emit: rows.write,
    dead: dead.add,
    progress: (bytes) => progress.update(bytes),
  })
  progress.end()
  await rows.end(outcome.fields)
  dead.end(outcome.dead)
  const seconds = ((systemClock.elapsed() - began) / 1000).toFixed(2)
  say(`${outcome.lines} lines, ${outcome.rows} rows, ${outcome.dead} dead letters, ${seconds} s`)
  tellFaults(outcome.faults)
}

function tablesOf(patterns: readonly string[], { format, table }: QueryOptions): TableSpec[] {
  const named = table.map((text) => {
    const [, name, rest] = /^([^=]+)=(.+)$/.exec(text) ?? []
    if (name === undefined || rest === undefined) {
      throw new Failure('usage', `--table ${text}: expected NAME=GLOB or NAME=GLOB:FORMAT`)
    }
    const [, glob, own] = /^(.+):([a-z]+)$/.exec(rest) ?? [undefined, rest, undefined]
    return { name, patterns: [glob ?? rest], format: own }
  })
  return patterns.length === 0 ? named : [{ name: 'log', patterns, format }, ...named]
}

function workersOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const workers = Number(text)
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw new Failure('usage', `--workers ${text}: expected a whole number from 1 to 256`)
  }
  return workers
}

const memoryOf = (text: string): number =>
  changeFailure(
    () => parseQuantity(text, BYTE_SIZE),
    ({ message }) => new Failure('usage', `--memory: ${message}`),
  )

function openDead() {
  let printed = 0
  return {
    add({ file, byte, reason }: DeadLine) {
      if (printed === PRINTED) return
      say(`dead letter: ${file}, byte ${byte}: ${reason}`)
      printed++
    },
    end(all: number) {
      if (all > printed) say(`dead letters: ${all - printed} more`)
    },
  }
}
