/** A pipeline in this process: from its text to the records of its topics. */
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import type { Disk } from '../../src/base/disk/disk.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { seededRandom } from '../../src/base/random.ts'
import { type Read, readAll } from '../../src/bus/appends.test-tool.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import type { CheckedPipeline } from '../../src/pipeline/checked.ts'
import { readPipeline } from '../../src/pipeline/file/load.ts'
import { loadEveryKind } from '../../src/pipeline/file/load-kinds.ts'
import { runPipeline } from '../../src/run/run.ts'
import type { RunOptions } from '../../src/run/run-options.ts'
import type { RunSummary } from '../../src/run/run-summary.ts'
import { SharedOutput } from '../../src/terminal/output.ts'

await loadEveryKind()

/** The pipeline of a text whose paths start at `folder`; CURRENT_TIMESTAMP is `now`. Throws a Failure if it has mistakes. */
export const checkedText = (text: string, folder: string, now = 0): CheckedPipeline =>
  checkPipeline(readPipeline(join(folder, 'p.yaml'), text, { environment: {} }), now).pipeline

/** Runs a pipeline, to the end of its input unless the options say otherwise. Rejects with the Failure that ends the run. */
export const runInProcess = (
  pipeline: CheckedPipeline,
  options: Partial<RunOptions> & Pick<RunOptions, 'dataFolder'>,
): Promise<RunSummary> =>
  runPipeline(pipeline, {
    untilEnd: true,
    reset: new Map(),
    clock: systemClock,
    random: seededRandom(1),
    disk: nodeDisk,
    stop: new AbortController().signal,
    output: new SharedOutput(process.stdout),
    started() {},
    warn() {},
    ...options,
  })

/** The records of all topics in a data folder, by `TOPIC-PARTITION`. */
export async function readTopics(dataFolder: string, disk: Disk = nodeDisk): Promise<Map<string, readonly Read[]>> {
  await using bus = await ownEmbedded(dataFolder, { disk, clock: systemClock })
  const found = new Map<string, readonly Read[]>()
  for (const { name, partitions } of await bus.topics()) {
    const topic = await bus.topic(name, partitions)
    for (let partition = 0; partition < partitions; partition++) {
      found.set(`${name}-${partition}`, await readAll(topic, partition))
    }
  }
  return found
}
