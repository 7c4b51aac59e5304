/** The bus of a pipeline, and what the entry of a topic says about the topic on the bus. */
import { assert } from '../../base/assert.ts'
import { buses } from '../../bus/all.ts'
import type { TopicSettings } from '../../bus/bus.ts'
import type { ChosenBus } from '../../bus/bus-type.ts'
import type { RetentionRule, TopicStart } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import type { Checking } from './checking.ts'

/** The bus that the file names, with its options. */
export function chosenBus(file: Pick<PipelineFile, 'bus'>): ChosenBus {
  const type = buses.find(({ name }) => file.bus[name] !== undefined)
  assert(type !== undefined, 'the schema wants a kind of bus')
  return { type, options: file.bus[type.name] }
}

/** What the topics of dead letters and ticks of a source topic are called after: see `CheckedTopic.kept`. */
export const keptAs = (topic: string, file: PipelineFile): string =>
  chosenBus(file).type.isShared && !topic.startsWith(`${file.name}.`) ? `${file.name}.${topic}` : topic

/** The settings of topics of which the file says no more than their retention: those of results. */
export const retained = ({ timeMs, bytes }: Pick<RetentionRule, 'timeMs' | 'bytes'>): TopicSettings => ({
  retention: { timeMs, bytes },
})

/** The settings of a source topic. */
export function topicSettings(
  { retention, replication, acks, compression, batch }: PipelineFile['topics'][string],
  rule: RetentionRule,
): TopicSettings {
  return {
    replication,
    // A topic that others made keeps what they said, unless the file says otherwise.
    ...(retention !== undefined && retained(rule)),
    acks: acks === 1 ? 'leader' : acks,
    compression,
    lingerMs: batch?.linger,
    batchBytes: batch?.bytes,
    batchRecords: batch?.records,
  }
}

/** Where readers of the topic begin. Throws a Failure for a text that is no place. */
export function topicStart(name: string, start: string | undefined, text: PipelineText): TopicStart {
  if (start === undefined || start === 'earliest' || start === 'latest') return start ?? 'earliest'
  const time = /^\d{4}-\d\d-\d\dT/.test(start) ? Date.parse(start) : Number.NaN
  if (Number.isFinite(time)) return time
  throw text.failure(['topics', name, 'start'], `'${start}' is no place to start`, {
    hint: 'Write earliest, latest, or a time of arrival, as 2026-05-15T20:00:00Z.',
  })
}

/** Warns of limits of space that a shared bus does not know: its brokers delete by `time` and `size` alone. */
export function warnOfLimits({ file, text, warnings }: Checking): void {
  const { type } = chosenBus(file)
  if (!type.isShared) return
  const topics = Object.entries(file.topics).filter(([, { retention }]) => retention?.limit !== undefined)
  const paths = topics.map(([name]) => ['topics', name, 'retention', 'limit'])
  if (file.limits.disk !== undefined) paths.push(['limits', 'disk'])
  for (const path of paths) {
    const message = `${path.join('.')} is not about topics on ${type.name}, whose brokers keep them`
    const hint = 'There, retention has time and size only.'
    warnings.push(text.failure(path, message, { at: 'key', hint }))
  }
}

/** Warns of topics whose appends are acknowledged before all copies have them. */
export function warnOfAcks({ file, text, warnings }: Checking): void {
  for (const [name, { acks }] of Object.entries(file.topics)) {
    if (acks !== 1) continue
    const message = 'with acks: 1 a line can be lost that was acknowledged, when the leader of its partition fails'
    const hint = 'Leave it out: acks: all waits for every copy that is in sync.'
    warnings.push(text.failure(['topics', name, 'acks'], message, { hint }))
  }
}
