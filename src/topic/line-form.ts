/** What the format of a topic says of the lines of its sources. */
import type { Clock } from '../base/clock.ts'
import { zoneRules } from '../base/timezone.ts'
import type { DoubleColumn } from '../record/column.ts'
import type { LineForm } from '../source/source.ts'
import type { TopicFormat } from './topic-format.ts'

/** The form of the lines for a topic whose event time is the column `rowtime`; `timezone` is that of times without a zone. */
export function lineFormOf(
  format: TopicFormat,
  rowtime: number | undefined,
  timezone: string,
  clock: Pick<Clock, 'now'>,
): LineForm {
  const added = rowtime === undefined ? undefined : format.added[rowtime - (format.fields.length - format.added.length)]
  // Arrival is not known before a record is kept.
  const hasTime = rowtime !== undefined && added?.kind !== 'metadata'
  const isWall = rowtime !== undefined && format.fields[rowtime]?.type.kind === 'TIMESTAMP'
  const zone = isWall ? zoneRules(timezone) : undefined
  let decode: ReturnType<TopicFormat['decoder']> | undefined
  return {
    hasHeader: format.skipsFirstLine,
    firstRecord: format.firstRecord,
    join: format.spanning?.join,
    sign: format.spanning?.sign,
    waitMs: format.spanning?.waitMs,
    hasTime,
    timeAt: (instant) => zone?.toWall(instant) ?? instant,
    firstTime(lines) {
      if (!hasTime || lines.count === 0) return undefined
      decode ??= format.decoder([rowtime])
      // They would arrive now, so the time of a record from the future does not count.
      const timestamps = new Float64Array(lines.count).fill(clock.now())
      const kept = { baseOffset: 0, values: lines, keys: undefined, timestamps }
      const { columns, count } = decode(kept, 0, { add() {} })
      return firstIn(columns[0] as DoubleColumn, count)
    },
  }
}

function firstIn({ values, nulls }: DoubleColumn, count: number): number | undefined {
  for (let row = 0; row < count; row++) if (nulls === undefined || nulls[row] === 0) return values[row]
  return undefined
}
