/**
 * `make demo`: the NASA pipeline at work. It starts with an empty data folder, a log is replayed into its socket, and it ends
 * once every line is answered; the summary at the end is that of `tailrace run`.
 *
 *   node tools/demo.ts [LOG] [RATE]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, rmSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Failure } from '../src/base/failure.ts'
import { parseQuantity, RATE } from '../src/base/units.ts'
import { openReplayInput } from '../src/cli/replay/input.ts'
import { askRun } from '../src/run/control/ask.ts'
import { generateAccessLog } from '../src/source/made/lines/nasa-lines.ts'

const TAILRACE = resolve('tailrace')
const FOLDER = 'examples/nasa'
const DATA = resolve(FOLDER, '.tailrace/nasa')
const SEED = 1995
const LINES = 200_000
const LOOK_MS = 50
/** A server that does not answer by then is not waited for. */
const OPEN_MS = 20_000

const say = (text: string) => process.stderr.write(`${text}\n`)

/** Why the demo cannot begin with these arguments. Nothing has been removed yet. */
async function mistakeIn(log: string | undefined, rate: string): Promise<string | undefined> {
  try {
    parseQuantity(rate, RATE)
    if (log === undefined || log === '-' || /^generator(:|$)/.test(log)) return undefined
    if (/^\w+:\/\//.test(log)) return await addressMistake(log)
    const stat = statSync(log, { throwIfNoEntry: false })
    if (stat === undefined) return `LOG=${log}: no such file`
    if (stat.isDirectory()) return `LOG=${log}: it is a folder, not a log`
    if (stat.isCharacterDevice() || (stat.isFile() && stat.size === 0)) return `LOG=${log}: there are no lines in it`
    accessSync(log, constants.R_OK)
    return undefined
  } catch (error) {
    if (error instanceof Failure) return `RATE=${rate}: ${error.message}`
    return `LOG=${log} cannot be read: ${(error as Error).message}`
  }
}

/** Why nothing can be read from an address; it is read by `tailrace replay`, and here only opened. */
async function addressMistake(log: string): Promise<string | undefined> {
  const opened = new AbortController()
  try {
    await openReplayInput(log, process.stdin, AbortSignal.any([opened.signal, AbortSignal.timeout(OPEN_MS)]))
    return undefined
  } catch (error) {
    return `LOG: ${(error as Error).message}`
  } finally {
    opened.abort()
  }
}

async function generatedLog(): Promise<string> {
  const path = join(tmpdir(), `tailrace-demo-${process.pid}.log`)
  await writeFile(path, generateAccessLog({ lines: LINES, seed: SEED }))
  say(`No log was given (make demo LOG=file): ${LINES} lines of NASA's shape were made up, from seed ${SEED}.`)
  return path
}

/** Resolves once the pipeline takes lines, or has ended. */
async function untilRunning(run: ChildProcess): Promise<void> {
  while (run.exitCode === null && run.signalCode === null) {
    const asked = await askRun(DATA, { command: 'status' }, 1000).catch(() => undefined)
    if ((asked?.answer as { state?: unknown } | undefined)?.state === 'running') return
    await setTimeout(LOOK_MS)
  }
}

/** Runs the pipeline over the log, and resolves to its exit code. */
async function demo(log: string, rate: string): Promise<number> {
  for (const old of ['.tailrace', 'out', 'archive']) rmSync(join(FOLDER, old), { recursive: true, force: true })
  const run = spawn(TAILRACE, ['run', join(FOLDER, 'pipeline.yaml'), '--until-end'], {
    // It alone writes to the terminal, as anything else would be drawn over.
    stdio: ['ignore', 'inherit', 'inherit'],
    // Ctrl-C reaches all processes of a terminal: the pipeline would get it twice, and the second one stops at once.
    detached: true,
  })
  let stopped = false
  const stop = (signal: NodeJS.Signals) => {
    stopped = true
    run.kill(signal)
  }
  const ended = once(run, 'exit') as Promise<[number | null]>
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  // A terminal tells its size only to the processes in front of it.
  process.on('SIGWINCH', () => run.kill('SIGWINCH'))
  await untilRunning(run)
  let sent = ''
  let hasSent = false
  if (run.exitCode === null) {
    const replay = spawn(TAILRACE, ['replay', log, '--to', 'tcp://127.0.0.1:9999', '--rate', rate], {
      stdio: ['inherit', 'inherit', 'pipe'],
    })
    replay.stderr.setEncoding('utf8').on('data', (text: string) => {
      sent += text
    })
    const [code] = (await once(replay, 'close')) as [number | null]
    hasSent = code === 0
    if (code !== 0 && !stopped) {
      stop('SIGTERM')
      await ended
      say(`sending the log failed: ${sent.trim()}`)
      return code ?? 1
    }
  }
  const [code] = await ended
  if (hasSent) say(`sent: ${sent.trim()}`)
  return code ?? 1
}

// `make` passes an empty text for a variable that is not set.
const given = process.argv[2] || undefined
const rate = process.argv[3] || 'max'
const mistake = await mistakeIn(given, rate)
if (mistake !== undefined) {
  say(`make demo: ${mistake}`)
  process.exitCode = 1
} else {
  const log = given ?? (await generatedLog())
  try {
    process.exitCode = await demo(log, rate)
    if (process.exitCode === 0) say(`Results are in ${FOLDER}/out, the raw lines by day in ${FOLDER}/archive.`)
  } finally {
    if (given === undefined) rmSync(log, { force: true })
  }
}
