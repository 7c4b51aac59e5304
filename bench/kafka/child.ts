/** Programs that are compared, as child processes, with the processor time that they and the broker take. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Of the clock of the kernel, on every Linux. */
const TICKS = 100

export type Ended = { readonly output: string; readonly cpuSeconds: number; readonly peakMiB: number }

/** Runs a program to its end; its processor time is of the whole process, start included. A program that fails is an error. */
export async function runToEnd(command: readonly string[]): Promise<Ended> {
  const report = join(tmpdir(), `tailrace-bench-time-${process.pid}`)
  const child = spawn('/usr/bin/time', ['-f', '%U %S %M', '-o', report, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (status !== 0) throw new Error(`${command.slice(0, 8).join(' ')} … failed (${status}):\n${errors}${output}`)
  const [user = 0, system = 0, peak = 0] = (readFileSync(report, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  rmSync(report)
  return { output, cpuSeconds: user + system, peakMiB: peak / 1024 }
}

export type Running = {
  readonly pid: number
  /** Throws with what it wrote if it has ended. */
  check(): void
  /** Sends a signal and waits for the end. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** Starts a program that runs until it is stopped. */
export function startChild(command: readonly string[]): Running {
  const [program = '', ...args] = command
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      said = (said + more).slice(-4000)
    })
  }
  const ended = once(child, 'exit')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    pid: child.pid ?? 0,
    check() {
      if (hasEnded()) throw new Error(`${command.slice(0, 8).join(' ')} … ended:\n${said}`)
    },
    async stop(signal) {
      if (!hasEnded()) child.kill(signal)
      await ended
    },
  }
}

/** The processor time of a process until now, in seconds. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** The load of the machine, to be read beside each figure: only those of a quiet machine count. */
export const loadNow = (): string => `load ${(loadavg()[0] ?? 0).toFixed(1)}`
