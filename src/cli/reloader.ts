/**
 * Reads the pipeline file again on SIGHUP, on `tailrace reload`, or when it has changed (`run --watch`). A file with mistakes
 * changes nothing: they are printed, and the run goes on.
 */
import { closeSync, openSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import { describeFailure, Failure } from '../base/failure.ts'
import { checkPipeline } from '../pipeline/check/check.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { loadForCheck } from '../pipeline/file/load.ts'
import type { Reload } from '../run/run-options.ts'
import { watchFiles } from './watch-files.ts'

export type ReloadOptions = {
  readonly file: string
  readonly overlays: readonly string[]
  readonly overrides: readonly string[]
  /** The files that were read at the start: the pipeline file, its overlays, and the files that these include. */
  readonly files: readonly string[]
  /** Whether the files are watched. */
  readonly watch: boolean
  /** Whether the run ends with its input: then nothing is reloaded. */
  readonly untilEnd: boolean
  readonly clock: Clock
  say(text: string): void
  /** The terminal is closed, so the run should stop cleanly. */
  hungUp(): void
}

export type Reloader = {
  /** The run has begun: reloads that were asked for in the meantime begin. */
  ready(reload: Reload): void
  /** Reads the files again; resolves with the changes, in words. Rejects with a Failure where nothing is changed. */
  reload(): Promise<readonly string[]>
  close(): void
}

const UNTIL_END = 'a run with --until-end is not reloaded'

/** The changes of a reload, in words. */
export const reloadedText = (changes: readonly string[]): string =>
  changes.length === 0 ? 'nothing in it differs' : changes.join(', ')

/** Listens for SIGHUP, and to changes of the files if they are watched, until it is closed. */
export function openReloader(options: ReloadOptions): Reloader {
  const { file, overlays, overrides, clock, say } = options
  const hadTerminal = hasTerminal()
  const closed = new AbortController()
  let { files } = options
  let reload: Reload | undefined
  let isAsked = false
  let isWorking = false
  let time = 0

  const load = async (): Promise<CheckedPipeline> => {
    time++
    const loaded = await loadForCheck(file, { environment: process.env, overlays, overrides, time })
    files = loaded.files
    const { pipeline, warnings } = checkPipeline(loaded, clock.now())
    for (const warning of warnings) say(`warning: ${describeFailure(warning)}`)
    return pipeline
  }
  const readAgain = async (change: Reload): Promise<readonly string[]> => {
    const changes = await change(load)
    say(`reloaded ${file}: ${reloadedText(changes)}`)
    return changes
  }
  const reloadOnce = async (change: Reload) => {
    try {
      await readAgain(change)
    } catch (error) {
      // Any other error ends the run, which reports it.
      if (error instanceof Failure)
        say(`${file} was not reloaded, and everything goes on as it was:\n${describeFailure(error)}`)
    }
  }
  /** Any number of requests during a reload gives one more reload. */
  const work = async () => {
    if (isWorking || reload === undefined) return
    isWorking = true
    while (isAsked) {
      isAsked = false
      await reloadOnce(reload)
    }
    isWorking = false
  }
  const ask = () => {
    isAsked = true
    void work()
  }
  const onSignal = () => {
    if (hadTerminal && !hasTerminal()) options.hungUp()
    else if (options.untilEnd) say(`SIGHUP: ${UNTIL_END}; it goes on`)
    else ask()
  }
  process.on('SIGHUP', onSignal)
  if (options.watch) void watchFiles({ clock, files: () => files, changed: ask }, closed.signal)
  return {
    ready(change) {
      reload = change
      void work()
    },
    async reload() {
      if (options.untilEnd) throw new Failure('usage', UNTIL_END)
      if (reload === undefined) throw new Failure('in-use', 'the pipeline is still starting: ask again')
      return await readAgain(reload)
    },
    close() {
      process.off('SIGHUP', onSignal)
      closed.abort()
    },
  }
}

/** Whether there is a terminal: closing it sends SIGHUP too. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
