/** `/api/v1/topics/{topic}/dead/letters`: single dead letters of a topic, the newest first. */
import * as z from 'zod'
import type { Offsets } from '../../../bus/bus.ts'
import { shownLetter } from '../../../history/letters/shown.ts'
import { openBudget, PAGE_LIMITS } from '../../../history/records/budget.ts'
import { readPage } from '../../../history/records/page.ts'
import { placesText } from '../../../history/records/places.ts'
import type { SingleRecord } from '../../../history/records/single.ts'
import type { WantedRecord } from '../../../history/records/walk.ts'
import { sentBefore } from '../../../history/send-again.ts'
import { isChosen, type LetterChoice } from '../../../history/send-chosen.ts'
import { recordText } from '../../../record/records.ts'
import { letterIn, type PlacedLetter } from '../../../topic/letter.ts'
import { topicWithLetters } from '../../look/kept-topic.ts'
import { looksAt } from '../../look/looks.ts'
import { openRunOf } from '../../open-run.ts'
import { defineRoute, inJson, paging, type Route } from '../route.ts'
import { placesAfter } from '../topics/records.ts'
import { letterChoice, lettersPage } from './forms.ts'

export const deadLetters: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/topics/{topic}/dead/letters',
  summary: 'Single dead letters of a topic, the newest first.',
  params: z.object({ topic: z.string() }),
  query: z.object({ ...paging, ...letterChoice, limit: z.coerce.number().int().min(1).max(200).default(20) }),
  answer: inJson(lettersPage),
  async handle({ params, query, signal }, { run }) {
    const { topic, letters } = topicWithLetters(run, params.topic)
    const { disk, dataFolder, which = '' } = openRunOf(run).parts.context
    return looksAt(run)(signal, async (stop) => {
      await letters.refresh()
      const ends: Offsets = Object.fromEntries(
        Array.from({ length: letters.partitions }, (_, partition) => [partition, letters.bounds(partition).end]),
      )
      const places = query.after === undefined ? ends : placesAfter(query.after, letters)
      const budget = openBudget(PAGE_LIMITS, run.clock, stop)
      const wish = { order: 'newest', places, limit: query.limit, wanted: wantedOf(query), budget } as const
      const { records, next, looked } = await readPage(letters, wish)
      const wasSent = sentBefore(disk, dataFolder, topic.name)
      const items = records.flatMap((record) => {
        const placed = placedOf(record)
        return placed === undefined ? [] : [shownLetter(placed, wasSent(placed), which)]
      })
      return { items, next: next === undefined ? null : placesText(next), looked }
    })
  },
})

const wantedOf =
  (choice: LetterChoice): WantedRecord =>
  ({ values }, index) => {
    const letter = letterIn(recordText(values, index))
    return letter !== undefined && isChosen(letter, choice)
  }

function placedOf({ value, partition, offset, timestamp }: SingleRecord): PlacedLetter | undefined {
  const letter = value && letterIn(Buffer.from(value).toString())
  return letter && { letter, partition, offset, arrived: timestamp }
}
