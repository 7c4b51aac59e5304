/** How a test steers a run: it waits until nothing goes on any more, as long as nothing comes in and the clock stands still. */
import { setImmediate } from 'node:timers/promises'
import { assert } from '../../base/assert.ts'
import { spanUntil } from '../../pipeline/span.ts'
import { topicOf } from '../../runner/open-topics.ts'
import type { Parts } from '../parts.ts'
import type { Steering } from '../run-options.ts'

/** Turns of the event loop in which nothing has happened: the last rows may be the input of another query. */
const CALM_TURNS = 8

/** The steering of a run whose parts are open. */
export const openSteering = (parts: Parts): Steering => ({
  settle: () => settle(parts),
  lookUp: () => parts.lookups.look(),
  async report(name, until) {
    const report = parts.pipeline?.reports.find((one) => one.name === name)
    assert(report !== undefined && parts.pipeline !== undefined, `${name} is a report of the pipeline`)
    await parts.upkeep.runReport(report, spanUntil(until, report.spanMs, parts.pipeline.timezone))
  },
})

async function settle(parts: Parts): Promise<void> {
  const { topics, writers } = parts
  for (let calm = 0; calm < CALM_TURNS; calm++) {
    await setImmediate()
    for (const writer of writers.values()) await writer.settled()
    for (const { result } of parts.queries?.queries ?? []) await result.settled()
    for (const { dead, ticks } of topics.values()) {
      await dead.settled()
      await ticks?.settled()
    }
    if (!isAllRead(parts)) calm = 0
  }
}

const isAllRead = ({ topics, queries }: Parts): boolean =>
  (queries?.readers ?? []).every((reader) => {
    const { topic } = topicOf(topics, reader.topic)
    return Array.from({ length: topic.partitions }).every((_, p) => reader.offset(p) === topic.bounds(p).end)
  })
