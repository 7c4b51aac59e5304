/** A pipeline, `p.yaml` over `log.ndjson`, that is killed again and again while its log grows. */
import { resolve } from 'node:path'
import { expect, vi } from 'vitest'
import { type Folder, MAIN, startProgram } from './tailrace.ts'

const KILL_DISK = resolve('test/crash/kill-disk.ts')
const LIMIT_MS = 30_000

/** The `at`th operation of the disk that fits the pattern: see `crash/kill-disk.ts`. */
export type Moment = { readonly at: number; readonly pattern: string }

export type KilledPipeline = {
  /** Adds lines to the log and starts a run, which kills itself before an operation of the disk. */
  killedBefore(moment: Moment, lines: number): Promise<void>
  /** Adds lines to the log and starts a run, which is killed once the condition holds. */
  killedWhen(condition: () => boolean, lines: number): Promise<void>
  /** Adds the rest of the lines, all in all `count`, and runs to their end. */
  finished(count: number): Promise<void>
}

/** `lineAt` gives the line of a number, from 0 on. */
export function killedPipeline(folder: Folder, lineAt: (n: number) => string): KilledPipeline {
  let next = 0
  const grow = (end: number) => {
    for (; next < end; next++) folder.append('log.ndjson', lineAt(next))
  }
  return {
    async killedBefore(moment, lines) {
      const environment = { TAILRACE_CRASH_DISK: JSON.stringify(moment) }
      grow(next + lines)
      const args = ['--import', KILL_DISK, MAIN, 'run', 'p.yaml']
      const running = startProgram(process.execPath, args, folder.path, environment)
      await running.line(/^killed before/)
      expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
    },
    async killedWhen(condition, lines) {
      grow(next + lines)
      const running = folder.start('run', 'p.yaml')
      await vi.waitUntil(condition, { timeout: LIMIT_MS })
      expect(await running.kill()).toMatchObject({ signal: 'SIGKILL' })
    },
    async finished(count) {
      grow(count)
      expect(await folder.run()).toMatchObject({ code: 0 })
    },
  }
}
