/** Runs a pipeline file in this process, as `tailrace run` does. */
import { systemClock } from '../src/base/clock.ts'
import { checkPipeline } from '../src/pipeline/check/check.ts'
import { loadPipeline } from '../src/pipeline/file/load.ts'
import type { RunOptions } from '../src/run/run-options.ts'
import type { RunSummary } from '../src/run/run-summary.ts'
import { runInProcess } from '../test/run/in-process.ts'

/** `options` replace those of a run that goes on for ever, with warnings on standard error. */
export async function runFile(file: string, dataFolder: string, options: Partial<RunOptions>): Promise<RunSummary> {
  const loaded = await loadPipeline(file, { environment: process.env })
  const warn = (message: string) => process.stderr.write(`${message}\n`)
  const { pipeline } = checkPipeline(loaded, systemClock.now())
  return await runInProcess(pipeline, { dataFolder, untilEnd: false, warn, ...options })
}
