/** What processes take of the machine, and which of its processors they may take. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { cpuOf } from '../kafka/child.ts'

/** Processors as `taskset` numbers them: those of the engine, and those of everything beside it, the broker and this program included. */
export type Cpus = { readonly engine: string; readonly beside: string }

/** One core is the engine's alone; two are shared by everybody, as there are no more. Throws where there is one only. */
export function cpusFor(cores: 1 | 2): Cpus {
  // Those of the machine: this process may be pinned to one of them.
  if (cpus().length < 2) throw new Error('this comparison needs two processors: one for what is beside the engine')
  return cores === 1 ? { engine: '0', beside: '1' } : { engine: '0-1', beside: '0-1' }
}

/** From now on all threads of a process, and the processes that it starts, use these processors. */
export function pin(pid: number, cpus: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cpus, String(pid)], { stdio: 'ignore' })
}

/** Seconds of processor time that processes have taken until now, together. */
export const cpuOfAll = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)

/** Makes `peakMiB` count from now on. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** The most resident memory of a process since the last reset. */
export function peakMiB(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1024
}
