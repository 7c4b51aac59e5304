/**
 * `run --fresh`: the pipeline as if it had never run. All of its data folder is removed, and the files of its sinks get back
 * what they had before its first run. Brokers and stores are never touched.
 */
import { resolve } from 'node:path'
import { unreachable } from '../../base/assert.ts'
import type { Disk } from '../../base/disk/disk.ts'
import { realPathOf } from '../../base/disk/links.ts'
import { Failure, recovered } from '../../base/failure.ts'
import { byteText, countText } from '../../base/units.ts'
import { type KeptBefore, readBefore } from '../../data/before.ts'
import { type DataFolder, OWN_FILES } from '../../data/data-folder.ts'
import { ownerOfFile, sinkText } from '../../data/file-owner.ts'
import { hasState, makeFresh, planFresh, type Restored } from '../../data/fresh.ts'
import { allTopics, type CheckedPipeline, deadOf, ticksOf } from '../../pipeline/checked.ts'
import { type Checkpoint, NO_CHECKPOINT } from '../../topic/checkpoint.ts'
import { brokenLookups, sinkObstacle, sourceObstacles } from '../ahead/look-ahead.ts'
import { readCheckpoint } from '../checkpoint-file.ts'

/** Asks whether all of this may go, one thing a line; rejects with a Failure where it may not. */
export type Confirm = (losses: readonly string[]) => Promise<void>

/** Throws a Failure that names the topics and groups where they are kept elsewhere: those are never removed. */
export function refuseShared(pipeline: CheckedPipeline): void {
  const { name, bus, queries, sinks } = pipeline
  if (!bus.type.isShared) return
  const topics = allTopics(pipeline).flatMap((topic) => [topic.topic, deadOf(topic), ticksOf(topic)])
  const groups = [...queries, ...sinks].map(({ group }) => group)
  throw new Failure('usage', `--fresh removes no topics of ${bus.type.name}, and they are what ${name} has kept`, {
    hint: [
      "Remove with the tools of the bus what is the pipeline's alone, and then the data folder.",
      `topics: ${topics.join(', ')}`,
      `groups: ${groups.join(', ')}`,
    ].join('\n'),
  })
}

/**
 * Makes the folder of a pipeline new once `confirm` has resolved. Rejects with its Failure, or where what the files of sinks
 * had before is not known.
 */
export async function startOver(data: DataFolder, pipeline: CheckedPipeline, confirm: Confirm): Promise<void> {
  const { disk, path } = data
  if (!hasState(disk, path, OWN_FILES)) return
  refuseUnknown(disk, path, pipeline)
  await refuseObstacles(data, pipeline)
  await confirm(lossesOf(path, pipeline, planFresh(disk, path)))
  await makeFresh(disk, path, OWN_FILES)
}

/** Rejects with what would keep the pipeline from starting: nothing may be removed for a start that fails. */
async function refuseObstacles({ disk, identity }: DataFolder, pipeline: CheckedPipeline): Promise<void> {
  const { sources, sinks, folder } = pipeline
  const refuse = (message: string, hint?: string) => {
    throw new Failure('usage', `nothing is removed, as the pipeline could not start: ${message}`, { hint })
  }
  for (const source of sources) {
    // A file that does not exist yet is waited for.
    if (source.type.replayable) continue
    for (const { message, hint } of await sourceObstacles(source, folder)) refuse(message, hint)
  }
  for (const { failure } of await brokenLookups(pipeline)) refuse(failure.message, failure.hint)
  for (const sink of sinks) {
    const obstacle = sinkObstacle(sink, folder)
    if (obstacle !== undefined) refuse(obstacle)
    const owned = sink.type.owns?.(sink.options, folder)
    const owner = owned === undefined ? undefined : ownerOfFile(disk, owned, identity)
    if (owner?.kind === 'other') refuse(`${owned} is written by ${sinkText(owner, identity)}`)
  }
}

function lossesOf(folder: string, { sources }: CheckedPipeline, restored: readonly Restored[]): string[] {
  const gone = sources.flatMap(({ name, type }) => (type.replayable ? [] : `${name} (${type.name})`))
  const only = gone.length === 0 ? '' : `; the lines of ${gone.join(', ')} cannot be read again`
  return [`${folder}: all topics, results, dead letters and places${only}`, ...restored.map(lossOf)]
}

function lossOf(restored: Restored): string {
  const { path } = restored
  switch (restored.kind) {
    case 'removed':
      return `${path}: the whole file, which the pipeline made`
    case 'all removed':
      return `${path}: ${countText(restored.files.length, 'file')} with ${restored.life} in the name`
    case 'cut':
      return `${path}: all after the ${byteText(restored.to)} that it had before; it has ${byteText(restored.from)}`
    case 'dropped':
      return `${path}: table ${restored.table}, which the pipeline made, with ${countText(restored.rows, 'row')}`
    case 'kept':
      return `not ${path}: ${restored.why}`
    default:
      return unreachable(restored)
  }
}

/** Older tailraces did not keep what a file had: cutting nothing would leave its rows twice. */
function refuseUnknown(disk: Disk, folder: string, pipeline: CheckedPipeline): void {
  const known = readBefore(disk, folder)
  for (const [sink, { state }] of Object.entries(checkpointOf(disk, folder).sinks)) {
    const { path, length, life } = state as { readonly [key: string]: unknown }
    const isFile = typeof path === 'string' && typeof length === 'number'
    const whole = isFile ? resolve(pipeline.folder, path) : ''
    const isKnown = isFile
      ? known.some((one) => one.kind === 'file' && (one.path === whole || one.path === realPathOf(whole)))
      : life === undefined || known.some((one) => ('life' in one ? one.life === life : staysAsIs(one, sink)))
    if (isKnown) continue
    const what = isFile ? whole : `files with ${String(life)} in their names`
    throw new Failure('usage', `--fresh does not know what sink ${sink} had written before: ${what}`, {
      hint: `The pipeline began under an older tailrace, which did not keep that. Move its files away, remove ${folder}, and run it again.`,
    })
  }
}

/** What is elsewhere stays; where it has no life in its names, as files of `spool`, nothing of it has to be found. */
const staysAsIs = (one: KeptBefore, sink: string): boolean => one.kind === 'elsewhere' && one.sink === sink

/** The checkpoint; none where it is damaged: it is about to go. */
const checkpointOf = (disk: Disk, folder: string): Checkpoint =>
  recovered(
    ['corrupt'],
    () => readCheckpoint(disk, folder),
    () => NO_CHECKPOINT,
  )
