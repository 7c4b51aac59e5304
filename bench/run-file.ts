/** Runs a pipeline file in this process, as `tailrace run` does. */
import { systemClock } from '../src/base/clock.ts'
import { nodeDisk } from '../src/base/node-disk.ts'
import { seededRandom } from '../src/base/random.ts'
import { checkPipeline } from '../src/pipeline/check/check.ts'
import { loadPipeline } from '../src/pipeline/file/load.ts'
import { runPipeline } from '../src/run/run.ts'
import type { RunOptions } from '../src/run/run-options.ts'
import type { RunSummary } from '../src/run/run-summary.ts'
import { SharedOutput } from '../src/terminal/output.ts'

/** `options` replace those of a run that goes on for ever, with warnings on standard error. */
export async function runFile(file: string, dataFolder: string, options: Partial<RunOptions>): Promise<RunSummary> {
  const loaded = await loadPipeline(file, { environment: process.env })
  return await runPipeline(checkPipeline(loaded, systemClock.now()).pipeline, {
    dataFolder,
    untilEnd: false,
    reset: new Map(),
    clock: systemClock,
    random: seededRandom(1),
    disk: nodeDisk,
    stop: new AbortController().signal,
    output: new SharedOutput(process.stdout),
    started() {},
    warn: (message) => process.stderr.write(`${message}\n`),
    ...options,
  })
}
