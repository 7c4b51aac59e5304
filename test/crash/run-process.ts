/** Starts the process of a round and observes its end. */
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Ended, MAIN, type Running, startProgram } from '../cli/tailrace.ts'
import type { Orders } from './kill-disk.ts'
import type { ProcessOptions } from './process.ts'

const PROCESS = resolve('test/crash/process.ts')
const DISK = resolve('test/crash/kill-disk.ts')
/** A process that takes longer hangs. */
const PATIENCE_MS = 120_000

export type Start = {
  readonly folder: string
  /** Undefined to run the command line itself. */
  readonly options: ProcessOptions | undefined
  readonly orders?: Orders
  readonly untilEnd?: boolean
}

export type Started = Running & {
  /** Its message that everything is open; undefined if it ended before. */
  readonly opened: Promise<string | undefined>
  isEnded(): boolean
}

/** Starts it with orders for its disk. */
export function startProcess({ folder, options, orders = {}, untilEnd = false }: Start): Started {
  const end = untilEnd ? ['--until-end'] : []
  const args =
    options === undefined
      ? ['--import', DISK, MAIN, 'run', join(folder, 'p.yaml'), '--data', join(folder, 'data'), '--json', ...end]
      : [PROCESS, folder, '--options', JSON.stringify(options), ...end]
  const running = startProgram(process.execPath, args, undefined, {
    NODE_COMPILE_CACHE: join(tmpdir(), 'tailrace-crash-compiled'),
    TAILRACE_CRASH_DISK: JSON.stringify(orders),
  })
  const { process: child, ended, line } = running
  const hung = setTimeout(() => child.kill('SIGABRT'), PATIENCE_MS)
  ended.then(() => clearTimeout(hung))
  const opened = line(/^crash\S* runs: /).catch(() => undefined)
  return { ...running, opened, isEnded: () => child.exitCode !== null || child.signalCode !== null }
}

/** The operation at which the process's own disk killed it, if it did. */
export function whereKilled({ signal, stderr }: Ended): string | undefined {
  return signal === 'SIGKILL' ? /^killed before (.*)$/m.exec(stderr)?.[1] : undefined
}
