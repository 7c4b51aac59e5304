/** `/api/v1/topics/{topic}`: a topic with its columns, its readers, and the arrival of its records. */
import * as z from 'zod'
import type { TopicReader } from '../../../bus/bus.ts'
import type { CheckedTopic } from '../../../pipeline/checked.ts'
import { typeName } from '../../../record/type.ts'
import { withArrivals } from '../../../run/status/arrivals.ts'
import type { TopicStatus } from '../../../run/status/status.ts'
import type { TopicColumn } from '../../api/topics.ts'
import { keptTopic } from '../../look/kept-topic.ts'
import { looksAt } from '../../look/looks.ts'
import { namedPart } from '../../open-run.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { topicDetail } from './forms.ts'

/** What is known of a query's topic is known of all of them. */
const OWN_FORMAT = 'json'

export const topic: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/topics/{topic}',
  summary:
    'A topic: its columns, its partitions with the arrivals of their first and last records, and the groups that read it.',
  params: z.object({ topic: z.string() }),
  answer: inJson(topicDetail),
  async handle({ params, signal }, { feed, run }) {
    const kept = keptTopic(run, params.topic)
    const { topics, groups } = await feed.status()
    const status = namedPart(params.topic, topics, 'topic')
    const { checked } = kept.of
    const hasColumns = kept.decoder !== undefined
    return {
      topic: await looksAt(run)(signal, () => withTimes(kept.topic, status)),
      format: hasColumns ? (checked.chosen?.format.name ?? OWN_FORMAT) : null,
      columns: hasColumns ? columnsOf(checked) : [],
      groups: groups.filter(({ reads }) => reads.some((read) => read.topic === params.topic)),
    }
  },
})

async function withTimes(reader: TopicReader, topic: TopicStatus): Promise<TopicStatus> {
  await reader.refresh()
  return { ...topic, partitions: await Promise.all(topic.partitions.map((one) => withArrivals(reader, one))) }
}

const columnsOf = ({ fields, rowtime }: CheckedTopic): readonly TopicColumn[] =>
  fields.map(({ name, type }, index) => ({ name, type: typeName(type), isEventTime: index === rowtime }))
