/**
 * What would keep a pipeline from running here and now: a file that does not exist, a folder that takes no files, a port that
 * another process has. These are warnings of `check`: they may be gone when the pipeline runs.
 */
import type { Disk } from '../../base/disk/disk.ts'
import { whyNotWritable } from '../../base/disk/writable.ts'
import { Failure } from '../../base/failure.ts'
import { livingOwner } from '../../data/data-folder.ts'
import type { CheckedLookup, CheckedPipeline, CheckedSink, CheckedSource } from '../../pipeline/checked.ts'
import type { PipelineText } from '../../pipeline/file/pipeline-text.ts'
import { orFailure, readNow } from '../../runner/lookup-tables.ts'
import type { Listening, Obstacle } from '../../source/obstacle.ts'

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
  const made = sinks.map(({ type, options }) => type.owns?.(options, folder))
  // A pipeline that runs has its ports itself.
  for (const source of isRunning(disk, dataFolder) ? [] : sources) {
    for (const { message, hint, missing } of await sourceObstacles(source, folder)) {
      if (missing !== undefined && made.includes(missing)) continue
      warnings.push(text.failure(['sources', source.name, source.type.name], message, { hint }))
    }
  }
  for (const { source, port, host, other } of sharedPorts(sources)) {
    const message = `port ${port} of ${host} is that of source ${other.name}, too`
    const hint = 'Each source needs a port of its own.'
    warnings.push(text.failure(['sources', source.name, source.type.name], message, { hint }))
  }
  for (const { name, type, failure } of await brokenLookups(pipeline)) {
    warnings.push(text.failure(['tables', name, type.name], failure.message, { hint: failure.hint }))
  }
  for (const sink of sinks) {
    const obstacle = sinkObstacle(sink, folder)
    if (obstacle !== undefined) warnings.push(text.failure(['sinks', sink.name, sink.type.name], obstacle))
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

/** Where a source listens at the place of one before it. */
function sharedPorts(sources: readonly CheckedSource[]) {
  const all = sources.flatMap((source) =>
    (source.type.listens?.(source.options) ?? []).map((at) => ({ source, isUdp: false, ...at })),
  )
  return all.flatMap((one, index) => {
    const before = all.slice(0, index).find((other) => overlaps(one, other))
    return before === undefined ? [] : [{ ...one, other: before.source }]
  })
}

function overlaps(one: Listening, other: Listening): boolean {
  if (one.port === 0 || one.port !== other.port || one.isUdp !== other.isUdp) return false
  return one.host === other.host || [one.host, other.host].some((host) => host === '0.0.0.0' || host === '::')
}

/** What would keep a source from being opened. */
export const sourceObstacles = async ({ type, options }: CheckedSource, folder: string): Promise<readonly Obstacle[]> =>
  (await type.lookAhead?.(options, folder)) ?? []

type BrokenLookup = Pick<CheckedLookup, 'name' | 'type'> & { readonly failure: Failure }

/** The lookup tables of which a run could use nothing now, each with what is wrong. */
export async function brokenLookups({ lookups, folder }: CheckedPipeline): Promise<readonly BrokenLookup[]> {
  const tried = [...lookups.values()].map(async (checked) => {
    const found = await orFailure(
      () => readNow(checked, folder),
      (why) => why,
    )
    return found instanceof Failure ? [{ name: checked.name, type: checked.type, failure: found }] : []
  })
  return (await Promise.all(tried)).flat()
}

/** What would keep a sink from being opened; undefined where nothing speaks against it. */
export function sinkObstacle({ name, type, options }: CheckedSink, folder: string): string | undefined {
  const why = type.lookAhead?.(options, folder)
  return why === undefined ? undefined : `sink ${name} cannot write: ${why}`
}

function isRunning(disk: Disk, dataFolder: string): boolean {
  try {
    return livingOwner(disk, dataFolder) !== undefined
  } catch {
    // There is no such folder yet.
    return false
  }
}
