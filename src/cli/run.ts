/**
 * `tailrace run`: runs a pipeline in this process. The first SIGTERM or SIGINT stops it cleanly: all lines that were read
 * are delivered, and the next run goes on behind them. The second stops at once.
 */
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { describeFailure, Failure, throwAll } from '../base/failure.ts'
import { newSeed, seededRandom } from '../base/random.ts'
import { counted, roundBytes } from '../base/units.ts'
import { checkPipeline } from '../pipeline/check/check.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { loadForCheck } from '../pipeline/file/load.ts'
import { refuseShared } from '../run/again/start-over.ts'
import { openControl } from '../run/control/socket.ts'
import { localPipeline } from '../run/flink/split.ts'
import { runPipeline } from '../run/run.ts'
import type { RunSummary } from '../run/run-summary.ts'
import type { Reset } from '../runner/reset.ts'
import { canRedraw } from '../terminal/colour.ts'
import { SharedOutput } from '../terminal/output.ts'
import type { Screen } from '../terminal/screen.ts'
import { printableLines } from '../terminal/text.ts'
import type { DeadLetterKind } from '../topic/letter.ts'
import { watchOutput } from './closed-output.ts'
import { watchRun } from './look/watched-run.ts'
import { askFresh } from './option/ask-fresh.ts'
import { dataFolderOf, pipelineFile, sourcesOf, whichText, withPipeline } from './option/pipeline.ts'
import { collect } from './option/repeated.ts'
import { type ServingOptions, serving, withServing } from './option/serving.ts'
import { pushing, withTelemetry } from './option/telemetry.ts'
import { openReloader } from './reloader.ts'
import { say as sayPlainly } from './say.ts'

type RunOptions = {
  readonly pipeline?: string
  readonly data?: string
  readonly host?: string
  readonly untilEnd?: boolean
  readonly watch?: boolean
  readonly with: readonly string[]
  readonly set: readonly string[]
  readonly reset: ReadonlyMap<string, Reset>
  readonly json?: boolean
  readonly fresh?: boolean
  readonly yes?: boolean
  readonly otlp?: string
} & ServingOptions

/** The command `run`. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('Runs a pipeline until it is stopped. Started again, it goes on where it was.')
    .argument('[PIPELINE]', 'a pipeline file (.yaml, .ts; default: the only one in this folder)')
    .option('-p, --pipeline <file>', 'the same as an option')
    .option('--data <folder>', 'where topics and checkpoints are kept (default: .tailrace/NAME beside the file)')
    .option(
      '--host <name>',
      'what this machine is called in `on: NAME` (default: as `hostname` says), where processes share a pipeline',
    )
    .option('--until-end', 'end when the sources have ended, with every window closed')
    .option('--watch', 'reload the pipeline file whenever it changes, as SIGHUP does')
    .option('--with <file>', 'lay a file over the pipeline; may be repeated, in order', collect, [])
    .option('--set <a.b=c>', 'put a value into the pipeline; may be repeated', collect, [])
    .option(
      '--reset <query=start>',
      'where a changed query goes on: anew from earliest or latest, or keep its state; may be repeated',
      collectReset,
      new Map(),
    )
    .option('--fresh', 'start as if it had never run: remove its data folder, and what it wrote to files')
    .option('--yes', 'do not ask what --fresh may remove')
  return withTelemetry(withServing(command))
    .option('--json', 'print the summary at the end as JSON on standard output, and nothing else there')
    .addHelpText(
      'after',
      `
Examples:
  tailrace run pipeline.yaml
  tailrace run pipeline.yaml --until-end --data /var/lib/tailrace/nasa
  tailrace run pipeline.yaml --with cluster.yaml
  tailrace run pipeline.yaml --set sources.collector.tcp=127.0.0.1:7777
  tailrace run pipeline.yaml --watch
  tailrace run pipeline.yaml --until-end --fresh
  tailrace run pipeline.yaml --listen 127.0.0.1:7071

While it runs, http://127.0.0.1:7070 shows it in a browser. A run with --until-end serves that only with --listen.
TAILRACE_LISTEN says the same as --listen, or none.

SIGTERM or Ctrl-C stops it cleanly; a second one at once. SIGHUP or 'tailrace reload' reloads the pipeline file: what
has not changed in it goes on without a gap, and a file with a mistake changes nothing.
`,
    )
    .action(run)
}

async function run(named: string | undefined, options: RunOptions, command: Command): Promise<void> {
  const file = pipelineFile(withPipeline(named, options))
  const { pipeline, files } = await readPipelineToRun(file, options)
  // With --json standard output is for the summary alone.
  const stream = options.json === true ? process.stderr : process.stdout
  const output = new SharedOutput(stream, canRedraw(stream, process.env))
  const watched = watchRun(output, systemClock)
  const say = output.screen !== undefined && process.stderr.isTTY === true ? sayAbove(output.screen) : sayPlainly
  const stop = stopOnSignal(say)
  const version = command.parent?.version() ?? ''
  let current = pipeline
  let unusable: readonly Failure[] = []
  const closed = watchOutput({ output, stop, pipeline: () => current, say })
  const reloader = openReloader({
    file,
    overlays: options.with,
    overrides: options.set,
    files,
    watch: options.watch === true,
    untilEnd: options.untilEnd === true,
    clock: systemClock,
    say,
    hungUp: () => stop.abort(),
  })
  const summary = await runPipeline(pipeline, {
    dataFolder: dataFolderOf(pipeline, options),
    host: options.host,
    untilEnd: options.untilEnd === true,
    reset: options.reset,
    ...(options.fresh === true && { fresh: askFresh(options.yes === true) }),
    clock: systemClock,
    random: seededRandom(newSeed()),
    disk: nodeDisk,
    stop: stop.signal,
    ...forAdvice(file, options),
    control: {
      version,
      commands: { reload: reloader.reload },
      open: openControl,
    },
    ...pushing(options, serving(options, version, say), version, say),
    output,
    started(sources, reload) {
      say(`${pipeline.name} runs${sources.length === 0 ? '' : `: ${sources.join(', ')}`}`)
      reloader.ready(async (load) => {
        let next = current
        const changes = await reload(async () => {
          next = await load()
          return next
        })
        current = next
        return changes
      })
    },
    warn: (message) => say(`warning: ${message}`),
    unusable(failures) {
      unusable = failures
    },
    note: say,
    show: watched.show,
  }).finally(() => {
    reloader.close()
    watched.end()
  })
  closed.check()
  for (const text of nearLimit(summary)) say(text)
  if (options.json === true) process.stdout.write(`${JSON.stringify(summary)}\n`)
  else process.stderr.write(`${summaryText(asAsked(summary, current))}\n`)
  throwAll(unusable)
}

/** What a run needs to tell a person what to do. */
const forAdvice = (file: string, options: RunOptions) => ({
  which: whichText({ ...options, pipeline: file }),
  machineZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
})

/** The pipeline, and the files that it was read from. Throws a Failure where it, or an option about it, is wrong. */
async function readPipelineToRun(file: string, options: RunOptions) {
  if (options.watch === true && options.untilEnd === true) {
    throw new Failure('usage', '--watch and --until-end: a run that ends with its input is not reloaded')
  }
  const loaded = await loadForCheck(file, sourcesOf(options))
  const { pipeline, warnings } = checkPipeline(loaded, systemClock.now())
  for (const warning of warnings) sayPlainly(`warning: ${describeFailure(warning)}`)
  for (const name of options.reset.keys()) {
    if (!localPipeline(pipeline).queries.some((query) => query.name === name)) {
      throw new Failure('usage', `--reset ${name}: the pipeline has no query of this name`)
    }
  }
  if (options.fresh === true) refuseShared(pipeline)
  return { pipeline, files: loaded.files }
}

type Say = (text: string) => void

/** On a terminal that shows live tables, anything written among them would be drawn over. */
export const sayAbove =
  (screen: Screen): Say =>
  (text) =>
    screen.above(`${printableLines(text)}\n`)

/** Stops cleanly at the first SIGINT or SIGTERM, and at once at the second. */
export function stopOnSignal(say: Say): AbortController {
  const stop = new AbortController()
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => {
      // As a shell reports a process that a signal has ended.
      if (stop.signal.aborted) process.exit(128 + number)
      say('stopping: what was read is delivered first (once more to stop at once)')
      stop.abort()
    })
  }
  return stop
}

/** What is decoded for Flink is the answer to no query of the file. */
const asAsked = (summary: RunSummary, { engine, queries }: CheckedPipeline): RunSummary => {
  if (engine.kind === 'embedded') return summary
  const own = Object.entries(summary.rows).filter(([name]) => queries.some((query) => query.name === name))
  return { ...summary, rows: Object.fromEntries(own) }
}

/**
 * `N lines in, N rows out, N dead letters (N late: QUERY N; N not readable), S s, N lines/s`: dead letters as `tailrace dead` counts
 * them, and the rate from the first line on, as a socket may wait long for it.
 */
export function summaryText({ lines, rows, dead, late, rules, dropped, elapsedMs, waitedMs }: RunSummary): string {
  const out = Object.values(rows).reduce((sum, count) => sum + count, 0)
  const letters = Object.values(dead).reduce((sum, count) => sum + count, 0)
  const seconds = (elapsedMs - waitedMs) / 1000
  const rate = Math.round(lines / Math.max(seconds, 0.001))
  const whose = Object.entries(late).filter(([, count]) => count > 0)
  const kinds = Object.entries(dead).flatMap(([kind, count]) => {
    if (count === 0) return []
    const who = kind === 'late' ? whose : kind === 'rule' ? Object.entries(rules) : []
    const of = who.length === 0 ? '' : `: ${who.map(([name, rows]) => `${name} ${rows}`).join(', ')}`
    return [`${count} ${DEAD_WORDS[kind as DeadLetterKind]}${of}`]
  })
  const of = kinds.length === 0 ? '' : ` (${kinds.join('; ')})`
  const unread = dropped > 0 ? `, ${dropped} dropped unread` : ''
  const counts = `${counted(lines, 'line')} in, ${counted(out, 'row')} out, ${counted(letters, 'dead letter')}${of}`
  return `${counts}${unread}, ${seconds.toFixed(2)} s, ${rate} lines/s`
}

const DEAD_WORDS: { readonly [kind in DeadLetterKind]: string } = {
  format: 'not readable',
  future: 'from the future',
  rule: 'refused by a rule',
  late: 'late',
  partly_late: 'late for some windows',
  expression: 'failed in an expression',
  sink: 'refused by a sink',
}

/** Of queries that may end the next run at their limit. */
const nearLimit = ({ state }: RunSummary): string[] =>
  Object.entries(state).flatMap(([query, { mostBytes, limitBytes }]) =>
    mostBytes < limitBytes / 2
      ? []
      : `warning: query "${query}" held up to ${roundBytes(mostBytes)} of memory, and its limit is ${roundBytes(limitBytes)}`,
  )

function collectReset(value: string, before: ReadonlyMap<string, Reset>): ReadonlyMap<string, Reset> {
  const [, name, start] = /^(.+)=(earliest|latest|keep)$/.exec(value) ?? []
  if (name === undefined)
    throw new Failure('usage', `--reset ${value}: expected QUERY=earliest, QUERY=latest or QUERY=keep`)
  return new Map([...before, [name, start as Reset]])
}
