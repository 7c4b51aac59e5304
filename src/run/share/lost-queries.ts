/**
 * Notices that the checkpoint of the queries of a shared pipeline is gone from the bus. A query puts out nothing before the first
 * checkpoint is durable, so its rows prove that there was one. Without it, the rows would be put out once more.
 */
import { Failure } from '../../base/failure.ts'
import type { ClaimedBus } from '../../bus/bus.ts'
import { hasRecords } from '../../bus/fetched.ts'
import { allTopics, type CheckedPipeline } from '../../pipeline/checked.ts'
import type { Reset } from '../../runner/reset.ts'
import type { Checkpoint } from '../../topic/checkpoint.ts'
import { checkpointTopic } from './bus-checkpoint.ts'

const ANEW = 'name each query with --reset QUERY=earliest: what is kept is counted again, behind the old rows.'

type Looked = {
  readonly bus: Pick<ClaimedBus, 'appended' | 'topics' | 'reader'>
  readonly pipeline: CheckedPipeline
  /** That of the data folder. */
  readonly kept: Pick<Checkpoint, 'queries'>
  readonly reset: ReadonlyMap<string, Reset>
}

/** Rejects with a Failure ('corrupt') where there are rows, but no checkpoint to go on from; unless each query begins anew. */
export async function refuseLostQueries({ bus, pipeline, kept, reset }: Looked): Promise<void> {
  const { name, queries } = pipeline
  if (queries.every((query) => (reset.get(query.name) ?? 'keep') !== 'keep')) return
  const topic = checkpointTopic(name)
  const appended = bus.appended.find((one) => one !== topic)
  if (appended !== undefined) {
    const proof = `the queries have appended to topic ${appended}, so there was one`
    throw new Failure('corrupt', `the checkpoint in topic ${topic} is gone: ${proof}`, {
      hint: `The topic was deleted, or it does not keep its records. To begin anew, ${ANEW}`,
    })
  }
  // This is the data folder from which the pipeline is shared now.
  if (Object.keys(kept.queries).length > 0) return
  const there = new Set((await bus.topics()).map((one) => one.name))
  for (const result of allTopics(pipeline)) {
    const isResult = queries.some((query) => query.name === result.name)
    if (!isResult || !there.has(result.topic) || !(await hasRecords(await bus.reader(result.topic)))) continue
    const nowhere = `neither topic ${topic} nor this data folder has the checkpoint of its query`
    throw new Failure('corrupt', `topic ${result.topic} has rows, and ${nowhere}`, {
      hint: `A pipeline that is to be shared is first started in the data folder that it had before (--data FOLDER). To begin anew, ${ANEW}`,
    })
  }
}
