/** Starts the process of a round and observes its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Orders } from './kill-disk.ts'
import type { ProcessOptions } from './process.ts'

const PROCESS = resolve('test/crash/process.ts')
const DISK = resolve('test/crash/kill-disk.ts')
const COMMAND = resolve('src/cli/main.ts')
/** A process that takes longer hangs. */
const PATIENCE_MS = 120_000

export type Start = {
  readonly folder: string
  /** Undefined to run the command line itself. */
  readonly options: ProcessOptions | undefined
  readonly orders?: Orders
  readonly untilEnd?: boolean
}

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly said: string }

export type Running = {
  readonly child: ChildProcess
  /** Its message that everything is open; undefined if it ended before. */
  readonly opened: Promise<string | undefined>
  readonly ended: Promise<Ended>
  isEnded(): boolean
}

/** Starts it with orders for its disk. */
export function startProcess({ folder, options, orders = {}, untilEnd = false }: Start): Running {
  const end = untilEnd ? ['--until-end'] : []
  const args =
    options === undefined
      ? ['--import', DISK, COMMAND, 'run', join(folder, 'p.yaml'), '--data', join(folder, 'data'), '--json', ...end]
      : [PROCESS, folder, '--options', JSON.stringify(options), ...end]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(tmpdir(), 'tailrace-crash-compiled'),
      TAILRACE_CRASH_DISK: JSON.stringify(orders),
    },
  })
  let said = ''
  const hung = setTimeout(() => child.kill('SIGABRT'), PATIENCE_MS)
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(hung)
      resolve({ code, signal, said })
    })
  })
  const opened = new Promise<string | undefined>((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const line = /^crash\S* runs: .*$/m.exec(said)?.[0]
      if (line !== undefined) resolve(line)
    })
    ended.then(() => resolve(undefined))
  })
  return { child, opened, ended, isEnded: () => child.exitCode !== null || child.signalCode !== null }
}

/** The operation at which the process's own disk killed it, if it did. */
export function whereKilled({ signal, said }: Ended): string | undefined {
  return signal === 'SIGKILL' ? /^killed before (.*)$/m.exec(said)?.[1] : undefined
}
