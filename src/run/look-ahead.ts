/**
 * What would keep a pipeline from running here and now: a file that does not exist, a folder that takes no files, a port that
 * another process has. These are warnings of `check`: they may be gone when the pipeline runs.
 */
import type { Disk } from '../base/disk.ts'
import type { Failure } from '../base/failure.ts'
import { whyNotWritable } from '../base/writable.ts'
import { livingOwner } from '../data/data-folder.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { PipelineText } from '../pipeline/file/pipeline-text.ts'

export type LookingAhead = {
  readonly pipeline: CheckedPipeline
  readonly text: PipelineText
  readonly dataFolder: string
  readonly disk: Disk
}

/** The warnings, each at its place in the file. */
export async function lookAhead({ pipeline, text, dataFolder, disk }: LookingAhead): Promise<readonly Failure[]> {
  const { sources, sinks, queries, folder } = pipeline
  const warnings: Failure[] = []
  // A pipeline that runs has its ports itself.
  for (const { name, type, options } of isRunning(disk, dataFolder) ? [] : sources) {
    for (const { message, hint } of (await type.lookAhead?.(options, folder)) ?? []) {
      warnings.push(text.failure(['sources', name, type.name], message, { hint }))
    }
  }
  for (const { name, type, options } of sinks) {
    const why = type.lookAhead?.(options, folder)
    if (why !== undefined) warnings.push(text.failure(['sinks', name, type.name], `sink ${name} cannot write: ${why}`))
  }
  const why = whyNotWritable(dataFolder, 'folder')
  if (why !== undefined) {
    const hint = 'Run it with --data FOLDER.'
    warnings.push(text.failure(['name'], `the data folder ${dataFolder} cannot be made: ${why}`, { hint }))
  }
  const [query] = queries
  if (sinks.length === 0 && query !== undefined) {
    const shows = `tailrace tap ${query.name} shows them`
    const hint = `${shows}. To see them as they come: sinks: { screen: { from: ${query.name}, console: {} } }`
    warnings.push(
      text.failure(['queries'], 'no sink takes the results: they stay in their topics', { at: 'key', hint }),
    )
  }
  return warnings
}

function isRunning(disk: Disk, dataFolder: string): boolean {
  try {
    return livingOwner(disk, dataFolder) !== undefined
  } catch {
    // There is no such folder yet.
    return false
  }
}
