/** The days of times in a table that is watched. */
import { expect, test } from 'vitest'
import { batchOf } from '../record/batch.test-tool.ts'
import { BIGINT, type Field, STRING, TIMESTAMP } from '../record/type.ts'
import { coloursIf } from './colour.ts'
import { LiveTable } from './live-table.ts'

const FIELDS: Field[] = [
  { name: 'window_end', type: TIMESTAMP, window: 'end' },
  { name: 'path', type: STRING },
  { name: 'hits', type: BIGINT },
]
const MORNING = Date.UTC(1995, 6, 1, 4)

test('the day is in the title where all rows that are shown share it, and else in each row', () => {
  const shown = (minutes: readonly number[]) => {
    const table = new LiveTable('one', FIELDS, undefined, coloursIf(false))
    for (const minute of minutes) {
      table.add(batchOf(FIELDS, [[MORNING + 60_000 * minute, '/some/longer/path', 1n]]))
    }
    const [title, , ...rows] = table.draw(36, 9)
    return [title, ...rows.filter((row) => row !== '').map((row) => row.split(' ')[0])]
  }
  expect(shown([0, 1])).toEqual(['one  2 rows  1995-07-01', '04:00:00', '04:01:00'])
  expect(shown([1199, 1201])).toEqual(['one  2 rows', '1995-07-01T23:59:00', '1995-07-02T00:01:00'])
  // The rows of the day before have left the screen.
  const later = Array.from({ length: 20 }, (_, i) => 1201 + i)
  expect(shown([1199, ...later]).slice(0, 2)).toEqual(['one  21 rows  1995-07-02', '00:15:00'])
})
