import { expect, test } from 'vitest'
import { checkedText } from '../../test/run/in-process.ts'
import { systemClock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { appendOf, linesOf } from '../bus/appends.test-tool.ts'
import type { Topic } from '../bus/bus.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { temporaryFolder } from '../data/data-folder.test-tool.ts'
import type { CheckedReport, CheckedTopic } from '../pipeline/checked.ts'
import { parsePeriod } from '../pipeline/span.ts'
import { openEventTimes } from './event-times.ts'
import { askedOf } from './report.ts'
import { runOverSpan } from './span-query.ts'

const pipelineOf = (format: string) => `version: 1
name: shop
topics:
  access: { format: ${format}, watermark: ts - INTERVAL '1' SECOND, max_ahead: never }
reports:
  top: { sql: "SELECT path, COUNT(*) AS hits FROM access GROUP BY path" }
`
const line = (day: number, path: string) => `host - - [${day}/May/2020:12:00:00 +0000] "GET ${path} HTTP/1.0" 200 10`

/** The topic, and the number of its records that were read. */
function counting(topic: Topic): { readonly topic: Topic; count(): number } {
  let records = 0
  const read: Topic['read'] = async (...args) => {
    const fetched = await topic.read(...args)
    records += fetched?.values.count ?? 0
    return fetched
  }
  return { topic: { ...topic, read }, count: () => records }
}

test('a stretch known to have nothing of a span is not read again, also after a restart; with another format it is', async () => {
  using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: nodeDisk, clock: systemClock })
  const own = await bus.topic('access', 1)
  for (let day = 10; day < 20; day++) {
    const lines = Array.from({ length: 100 }, (_, i) => line(day, `/${i % (day - 8)}`))
    // They arrive at their own time: a record from the future is no row.
    await own.append(0, appendOf(linesOf(...lines), Date.UTC(2020, 4, day, 12)))
    if (day < 19) await bus.space('access')?.roll(0)
  }
  const ask = async (day: string, format = 'common') => {
    const pipeline = checkedText(pipelineOf(format), folder.path)
    const [checked] = pipeline.topics as [CheckedTopic]
    const [report] = pipeline.reports as [CheckedReport]
    const { topic, count } = counting(own)
    const times = openEventTimes(nodeDisk, folder.path)
    const question = askedOf(
      report.query.sql,
      pipeline,
      parsePeriod(day, 'UTC'),
      new Map([['access', { checked, topic, space: bus.space('access') }]]),
    )
    let rows = 0
    const outcome = await runOverSpan({ ...question, times }, (batch) => {
      rows += batch.count
    })
    await times.save(() => 0)
    return { read: count(), rows, reached: new Date(outcome.reached).toISOString() }
  }
  const reached = '2020-05-19T12:00:00.000Z'
  expect(await ask('2020-05-12')).toEqual({ read: 1000, rows: 4, reached })
  // Only the stretch of that day, and the one that is written to.
  expect(await ask('2020-05-12')).toEqual({ read: 200, rows: 4, reached })
  expect(await ask('2020-05-15')).toEqual({ read: 200, rows: 7, reached })
  expect(await ask('2020-05')).toEqual({ read: 1000, rows: 11, reached })
  expect(await ask('2021')).toEqual({ read: 100, rows: 0, reached })
  expect(await ask('2020-05-15', 'combined')).toMatchObject({ read: 1000 })
})
