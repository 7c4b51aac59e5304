/** The topics of a run by their names on the bus: those of the pipeline, with their dead letters and their ticks. */
import type { Topic } from '../../bus/bus.ts'
import { openRecordDecoder, type RecordDecoder } from '../../history/records/decoded.ts'
import type { CheckedTopic } from '../../pipeline/checked.ts'
import type { ServedRun } from '../../run/served/served-run.ts'
import { keptIn, type OpenTopic } from '../../runner/open-topics.ts'
import { namedPart, openRunOf } from '../open-run.ts'

export type KeptTopic = {
  readonly name: string
  readonly topic: Topic
  /** What decodes its records; undefined for dead letters and ticks, which have no columns. */
  readonly decoder: RecordDecoder | undefined
  readonly of: OpenTopic
  /** Whether other programs write to the bus, too. */
  readonly isShared: boolean
}

const decoders = new WeakMap<CheckedTopic, RecordDecoder>()

/** The topic of this name. Throws a RequestError where there is none, or the pipeline is still starting. */
export function keptTopic(run: ServedRun, name: string): KeptTopic {
  const { topics, context } = openRunOf(run).parts
  const all = [...topics.values()].flatMap((of) => keptIn(of).map((topic) => ({ name: topic.name, topic, of })))
  const found = namedPart(name, all, 'topic')
  const isOwn = found.topic === found.of.topic
  return {
    ...found,
    decoder: isOwn ? decoderOf(found.of.checked) : undefined,
    isShared: context.bus.cluster !== undefined,
  }
}

/** The topic of this name, if it is one whose records may become dead letters. */
export function topicWithLetters(run: ServedRun, name: string): OpenTopic {
  const { topics } = openRunOf(run).parts
  const all = [...topics.values()].map((of) => ({ name: of.topic.name, of }))
  return namedPart(name, all, 'topic').of
}

function decoderOf(checked: CheckedTopic): RecordDecoder {
  const decoder = decoders.get(checked) ?? openRecordDecoder(checked)
  decoders.set(checked, decoder)
  return decoder
}
