/**
 * `make demo`: the NASA pipeline at work. It starts with an empty data folder, a log is replayed into its socket, and it ends
 * once every line is answered; the summary at the end is that of `tailrace run`.
 *
 *   node tools/demo.ts [LOG] [RATE]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { generateAccessLog } from '../src/source/made/nasa-lines.ts'

const TAILRACE = resolve('tailrace')
const FOLDER = 'examples/nasa'
const SEED = 1995
const LINES = 200_000

// `make` passes an empty text for a variable that is not set.
const given = process.argv[2] || undefined
const rate = process.argv[3] || 'max'
const say = (text: string) => process.stderr.write(`${text}\n`)

async function generatedLog(): Promise<string> {
  const path = join(tmpdir(), `tailrace-demo-${process.pid}.log`)
  await writeFile(path, generateAccessLog({ lines: LINES, seed: SEED }))
  say(`No log was given (make demo LOG=file): ${LINES} lines of NASA's shape were made up, from seed ${SEED}.`)
  return path
}

const log = given ?? (await generatedLog())
try {
  for (const old of ['.tailrace', 'out', 'archive']) rmSync(join(FOLDER, old), { recursive: true, force: true })
  const run = spawn(TAILRACE, ['run', join(FOLDER, 'pipeline.yaml'), '--until-end'], {
    stdio: ['ignore', 'inherit', 'pipe'],
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
  const listening = new Promise<void>((resolve) => {
    createInterface({ input: run.stderr }).on('line', (line) => {
      say(line)
      if (line.startsWith('nasa runs:')) resolve()
    })
  })
  await Promise.race([listening, ended])
  if (run.exitCode === null) {
    const replay = spawn(TAILRACE, ['replay', log, '--to', 'tcp://127.0.0.1:9999', '--rate', rate], {
      stdio: 'inherit',
    })
    const [code] = (await once(replay, 'exit')) as [number | null]
    if (code !== 0 && !stopped) stop('SIGTERM')
  }
  const [code] = await ended
  process.exitCode = code ?? 1
  if (code === 0) say(`Results are in ${FOLDER}/out, the raw lines by day in ${FOLDER}/archive.`)
} finally {
  if (given === undefined) rmSync(log, { force: true })
}
