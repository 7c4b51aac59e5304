/** One server process: started, watched, waited for, and stopped; its output goes to a file in the folder of its guard. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../src/base/failure.ts'
import type { Guard } from './guard.ts'
import type { Program } from './program.ts'

/** How long a server may take to be ready, on a busy machine. */
const START_LIMIT_MS = 180_000
const POLL_MS = 100
/** Lines of its log that a failure shows. */
const SHOWN_LINES = 20

/** Whether a server answers at this address, and well. */
export const answersAt = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

/** Its name is that of the log, too. */
export type ServerCommand = Program & { readonly environment?: Readonly<Record<string, string>> }

export type ServerProcess = {
  readonly pid: number
  readonly log: string
  /**
   * Resolves when `check` gives true. Throws with the end of the log if the process ends first, if it takes too long, or if
   * `check` gives words for what is wrong.
   */
  ready(check: () => Promise<boolean | string>): Promise<void>
  /** SIGSTOP and SIGCONT. */
  pause(): void
  resume(): void
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL if the process is still there after the time. */
  end(graceMs: number): Promise<void>
}

/** Starts a process under the guard, in a process group of its own, so that Ctrl-C reaches its owner alone. */
export async function startProcess(
  guard: Guard,
  { name, command, args, environment }: ServerCommand,
): Promise<ServerProcess> {
  const log = join(guard.folder, `${name}.log`)
  const file = openSync(log, 'a')
  const child = spawn(command, args, {
    cwd: guard.folder,
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...process.env, ...environment },
  })
  closeSync(file)
  const gone = guard.watch(child)
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new Failure('not-found', `${name} cannot be started: ${error instanceof Error ? error.message : error}`)
  }
  const pid = child.pid ?? 0
  const signal = (number: NodeJS.Signals) => void (isRunning(child) && process.kill(-pid, number))
  const kill = async () => {
    signal('SIGKILL')
    await gone
  }
  return {
    pid,
    log,
    ready: (check) => waitFor(child, { name, log }, check),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    kill,
    async end(graceMs) {
      signal('SIGTERM')
      const late = setTimeout(() => signal('SIGKILL'), graceMs)
      await gone
      clearTimeout(late)
    },
  }
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

async function waitFor(
  child: ChildProcess,
  { name, log }: { readonly name: string; readonly log: string },
  check: () => Promise<boolean | string>,
): Promise<void> {
  const failed = (what: string): Failure => {
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    const end = lines.filter((line) => !/^\tat /.test(line)).slice(-SHOWN_LINES)
    return new Failure('io', [`${name} ${what}; the end of its log:`, ...end].join('\n'))
  }
  const start = performance.now()
  for (;;) {
    const answer = await check()
    if (answer === true) return
    if (answer !== false) throw failed(answer)
    if (!isRunning(child)) throw failed(`ended while it was starting (${child.signalCode ?? child.exitCode})`)
    if (performance.now() - start > START_LIMIT_MS) throw failed(`was not ready after ${START_LIMIT_MS / 1000} s`)
    await sleep(POLL_MS)
  }
}
