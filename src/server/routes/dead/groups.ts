/**
 * `/api/v1/topics/{topic}/dead`: the dead letters of a topic by kind and reason. Each letter is read once. An answer does not wait for
 * millions of them: it says how many it has looked at, and the next one has more.
 */
import * as z from 'zod'
import type { TopicReader } from '../../../bus/bus.ts'
import { shownGroup } from '../../../history/letters/shown.ts'
import { type LettersTally, openLettersTally, type TalliedGroup } from '../../../history/letters/tally.ts'
import { type Budget, type LookLimits, openBudget } from '../../../history/records/budget.ts'
import type { LetterChoice } from '../../../history/send-chosen.ts'
import { topicWithLetters } from '../../look/kept-topic.ts'
import { looksAt } from '../../look/looks.ts'
import { openRunOf } from '../../open-run.ts'
import { defineRoute, inJson, pageOf, paging, type Route } from '../route.ts'
import { deadGroups, letterChoice } from './forms.ts'

const LIMITS: LookLimits = { records: 500_000, bytes: 128 << 20, timeMs: 1500 }

type ReadOn = (budget: Budget) => Promise<LettersTally>
/** By the topic of the letters. */
const tallies = new WeakMap<TopicReader, ReadOn>()

export const deadGroupsOf: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/topics/{topic}/dead',
  summary: 'The dead letters of a topic by kind and reason, with the bytes at which a record stopped being one.',
  params: z.object({ topic: z.string() }),
  query: z.object({ ...paging, ...letterChoice }),
  answer: inJson(deadGroups),
  async handle({ params, query, signal }, { run }) {
    const { topic, letters } = topicWithLetters(run, params.topic)
    const { disk, dataFolder, which = '' } = openRunOf(run).parts.context
    const readOn = tallies.get(letters) ?? openLettersTally({ letters, topic: topic.name, disk, dataFolder })
    tallies.set(letters, readOn)
    const { groups, kept, looked } = await looksAt(run)(signal, (stop) => readOn(openBudget(LIMITS, run.clock, stop)))
    const some = groups.filter((one) => isMeant(one, query))
    const { items, next } = pageOf(some, query, ({ group }) => group.id)
    return { items: items.map(({ group, excerpt }) => shownGroup(group, excerpt, which)), next, kept, looked }
  },
})

const isMeant = ({ group }: TalliedGroup, { kind, query, sink, group: id, reason = '' }: LetterChoice): boolean =>
  (kind ?? group.kind) === group.kind &&
  (query ?? group.query) === group.query &&
  (sink ?? group.sink) === group.sink &&
  (id ?? group.id) === group.id &&
  group.reason.includes(reason)
