/**
 * Notices that the checkpoint of a data folder is gone. Nothing is appended or committed before the first checkpoint is
 * durable, so records and committed offsets prove that there was one. Without it, everything would be read from the start of
 * the topics, and the files of sinks would get each row a second time.
 */
import { type Disk, isThere, sizeOf } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import type { Bus } from '../bus/bus.ts'
import { claimsTopic, KAFKA_FILE } from '../bus/kafka/options.ts'
import { readBefore } from '../data/before.ts'
import { readChecked } from '../data/checked-json.ts'
import { ownerOfFile } from '../data/file-owner.ts'
import { identityOf } from '../data/identity.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { WITHOUT_CHECKPOINT } from '../topic/checkpoint.ts'
import { checkpointFile } from './checkpoint-file.ts'

type Looked = {
  readonly disk: Disk
  readonly dataFolder: string
  readonly bus: Pick<Bus, 'topics' | 'reader' | 'groupNames' | 'cluster'>
  readonly pipeline: Pick<CheckedPipeline, 'name' | 'queries' | 'share'>
  /** The queries that begin anew. */
  readonly reset: ReadonlyMap<string, unknown>
}

/** Rejects with a Failure ('corrupt') where the checkpoint is gone, unless each query is to begin anew. */
export async function refuseLostCheckpoint({ disk, dataFolder, bus, pipeline, reset }: Looked): Promise<void> {
  // That of a shared pipeline is on the bus: see share/lost-queries.ts.
  if (pipeline.share !== undefined) return
  await refuseSharedBefore(bus, pipeline.name)
  const file = checkpointFile(dataFolder)
  if (isThere(disk, file)) return
  if (pipeline.queries.length > 0 && pipeline.queries.every(({ name }) => reset.has(name))) {
    refuseOldRows(disk, dataFolder)
    return
  }
  const proof = bus.cluster === undefined ? await proofInFolder(bus) : proofOfAppends(disk, dataFolder)
  if (proof === undefined) return
  throw new Failure('corrupt', `${file} is gone: ${proof}, so there was a checkpoint`, { hint: WITHOUT_CHECKPOINT })
}

/** Rejects where the pipeline was shared: what was appended then is not known to the data folder, which would do it again. */
async function refuseSharedBefore({ cluster, topics }: Looked['bus'], pipeline: string): Promise<void> {
  const claims = claimsTopic(pipeline)
  if (cluster === undefined || !(await topics()).some(({ name }) => name === claims)) return
  throw new Failure(
    'usage',
    `several processes have shared the pipeline, as topic ${claims} says: its state is there`,
    {
      hint:
        'Write share: true again: a single process, too, does all of the work then.\n' +
        'To begin anew, give the pipeline another name, or the bus another prefix.',
    },
  )
}

/** Throws a Failure where a file of a sink still has the rows that would be put out again behind them. */
function refuseOldRows(disk: Disk, dataFolder: string): void {
  const ours = identityOf(disk, dataFolder)
  for (const before of readBefore(disk, dataFolder)) {
    if (before.kind !== 'file') continue
    const hasRows = (sizeOf(disk, before.path) ?? 0) > (before.length ?? 0)
    if (!hasRows || ownerOfFile(disk, before.path, ours).kind !== 'ours') continue
    throw new Failure('usage', `${before.path} has the rows of before, and would get them once more`, {
      hint: 'The checkpoint that knew its length is gone: move the file away.',
    })
  }
}

async function proofInFolder(bus: Looked['bus']): Promise<string | undefined> {
  const [group] = await bus.groupNames()
  if (group !== undefined) return `group ${group} has committed offsets`
  for (const { name, partitions } of await bus.topics()) {
    const { bounds } = await bus.reader(name)
    for (let partition = 0; partition < partitions; partition++) {
      if (bounds(partition).end > 0) return `topic ${name} has records`
    }
  }
  return undefined
}

/** The topics of a shared bus may be filled by others; this file is written before the first append of this folder. */
function proofOfAppends(disk: Disk, dataFolder: string): string | undefined {
  const kept = readChecked(disk, `${dataFolder}/${KAFKA_FILE}`) as { readonly partitions?: object } | undefined
  return Object.keys(kept?.partitions ?? {}).length === 0 ? undefined : `${KAFKA_FILE} has appends of this folder`
}
