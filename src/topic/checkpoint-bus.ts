/**
 * Offsets mean nothing on another bus, nor in a topic that was deleted and made again. So a checkpoint says which bus and
 * which topics its places belong to, and a run that finds others does not begin.
 */
import { entryOf } from '../base/entry.ts'
import { Failure } from '../base/failure.ts'
import type { Bus, Topic } from '../bus/bus.ts'
import type { BusCheckpoint, Checkpoint } from './checkpoint.ts'

type Opened = Pick<Topic, 'name' | 'id'>

/** What a checkpoint keeps of a shared bus and its topics; undefined on a bus that belongs to the data folder. */
export function busOf({ cluster }: Pick<Bus, 'cluster'>, topics: Iterable<Opened>): BusCheckpoint | undefined {
  if (cluster === undefined) return undefined
  return { cluster, topics: Object.fromEntries([...topics].map(({ name, id }) => [name, id ?? ''])) }
}

/** Throws a Failure ('pipeline') where the checkpoint belongs to another bus, or to a topic that is not there any more. */
export function checkBus(
  checkpoint: Pick<Checkpoint, 'bus' | 'topics'>,
  { cluster }: Pick<Bus, 'cluster'>,
  topics: Iterable<Opened>,
  dataFolder: string,
): void {
  const hint = 'Go back to that bus, or start anew with a data folder of its own: --data FOLDER.'
  if (Object.keys(checkpoint.topics).length === 0) return
  if (checkpoint.bus?.cluster !== cluster) {
    const [was, is] = [checkpoint.bus?.cluster, cluster].map((id) => (id === undefined ? 'embedded' : `cluster ${id}`))
    throw new Failure('pipeline', `the checkpoint in ${dataFolder} belongs to another bus: ${was}, not ${is}`, { hint })
  }
  for (const { name, id } of topics) {
    const before = entryOf(checkpoint.bus?.topics, name)
    if (before === undefined || before === (id ?? '')) continue
    const message = `topic ${name} was deleted and made again since the checkpoint in ${dataFolder}`
    throw new Failure('pipeline', message, {
      hint: `Its offsets begin anew, so the places in the checkpoint mean nothing. Start anew with another data folder: --data FOLDER.`,
    })
  }
}
