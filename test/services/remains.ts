/** What a service must not leave behind. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'

const LIMIT_MS = 60_000

/** Fails if the folder or one of the processes is still there. */
export function expectNothingLeft(folder: string, pids: readonly number[]): void {
  expect({ folder: existsSync(folder), pids: pids.filter(isAlive) }).toEqual({ folder: false, pids: [] })
}

/** The same, when the owner of the service has died and its guard is still cleaning up. */
export async function expectNothingLeftSoon(folder: string, pids: readonly number[]): Promise<void> {
  const start = performance.now()
  while ((existsSync(folder) || pids.some(isAlive)) && performance.now() - start < LIMIT_MS) await sleep(50)
  expectNothingLeft(folder, pids)
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
