import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOfRows, columnOf, valueAt } from '../record/column.ts'
import { BIGINT, type Field, TIMESTAMP } from '../record/type.ts'
import type { RepeatsState } from '../topic/checkpoint.ts'
import { openRepeats, putOutUpTo } from './repeats.ts'

const FIELDS: readonly Field[] = [
  { name: 'window_end', type: TIMESTAMP },
  { name: 'offset', type: BIGINT },
]
const PLAN = { time: 0, offset: 1 }

type Row = { readonly time: number; readonly offset: number }

/** Pushes the rows in batches of these sizes; between any two, everything goes on from a snapshot. */
function passed(rows: readonly Row[], marks: readonly number[], sizes: readonly number[]): readonly number[] {
  const times: number[] = []
  let state: RepeatsState = putOutUpTo(1, Number.NEGATIVE_INFINITY)
  for (let from = 0, i = 0; from < rows.length; i++) {
    const some = rows.slice(from, from + (sizes[i % sizes.length] ?? 1))
    from += some.length
    const repeats = openRepeats(PLAN, FIELDS, { marks: () => [marks], state: structuredClone(state) })
    const columns = [
      columnOf(
        TIMESTAMP,
        some.map(({ time }) => time),
      ),
      columnOf(
        BIGINT,
        some.map(({ offset }) => BigInt(offset)),
      ),
    ]
    const fresh = repeats.without(batchOfRows(some.length, columns))
    expect(fresh?.columns.length ?? 1).toBe(1)
    for (let row = 0; row < (fresh?.count ?? 0); row++)
      times.push(Number(valueAt((fresh ?? { columns: [] }).columns[0] as never, row)))
    state = repeats.snapshot()
  }
  return times
}

test('wherever a job ends and another one begins again, each window comes once and whole, however batches are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }),
      fc.array(fc.record({ lost: fc.nat(20), back: fc.nat(20) }), { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      (groups, jobs, sizes) => {
        // Window w has groups[w] rows. Each job puts out whole windows, and the next begins at or before the end of the last.
        const rows: Row[] = []
        const marks: number[] = []
        let offset = 0
        let window = 0
        const putOut = (until: number) => {
          for (; window < until; window++)
            for (let row = 0; row < (groups[window] ?? 0); row++) rows.push({ time: window, offset: offset++ })
        }
        for (const { lost, back } of jobs) {
          putOut(Math.max(window, groups.length - lost))
          marks.push(offset++)
          window = Math.max(0, window - back)
        }
        putOut(groups.length)
        const whole = groups.flatMap((count, at) => Array<number>(count).fill(at))
        expect(passed(rows, marks, sizes)).toEqual(whole)
      },
    ),
  )
})

test('rows up to the time that was out at the beginning are dropped, and rows without a time stay', () => {
  const plan = { time: 0, offset: undefined }
  const repeats = openRepeats(plan, FIELDS.slice(0, 1), { marks: () => [], state: putOutUpTo(1, 5) })
  const fresh = repeats.without(batchOfRows(4, [columnOf(TIMESTAMP, [4, 5, null, 6])]))
  expect(fresh?.count).toBe(2)
  expect(repeats.without(batchOfRows(1, [columnOf(TIMESTAMP, [5])]))).toBeUndefined()
})
