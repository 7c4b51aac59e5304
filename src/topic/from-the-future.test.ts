import { expect, test } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { zoneRules } from '../base/timezone.ts'
import type { KeptRecords } from '../format/format.ts'
import { openJson } from '../format/json/json.ts'
import type { IntColumn } from '../record/column.ts'
import { recordsOf } from '../record/records.ts'
import { INT, type Type } from '../record/type.ts'
import { type MaxAhead, withoutFuture } from './from-the-future.ts'

const HOUR = 3_600_000
const ARRIVAL = Date.UTC(2025, 2, 30, 12)

type Line = { readonly ts: string | null; readonly n: number; readonly arrival: number }

/** The values of column n that are rows, and what is rejected, of lines that are cut into batches. */
function read(
  lines: readonly Line[],
  ahead: Partial<MaxAhead>,
  {
    wanted = [1],
    type = 'TIMESTAMP_LTZ',
    cut = 1000,
    kept = {},
  }: {
    readonly wanted?: readonly number[]
    readonly type?: 'TIMESTAMP' | 'TIMESTAMP_LTZ'
    readonly cut?: number
    readonly kept?: Partial<KeptRecords>
  } = {},
) {
  const columns = [
    { field: { name: 'ts', type: { kind: type, precision: 3 } as Type } },
    { field: { name: 'n', type: INT } },
  ]
  const format = openJson(columns)
  const { fields } = format
  const decode = withoutFuture(
    wanted,
    { fields, ahead: { column: 0, ms: 24 * HOUR, zone: undefined, isOurs: true, ...ahead } },
    (chosen) => {
      const decoder = format.decoder(chosen)
      return ({ values }, _, rejects) => decoder(values, rejects)
    },
  )
  const rows: number[] = []
  const rejected: [number, string, unknown][] = []
  for (let from = 0; from < lines.length; from += cut) {
    const some = lines.slice(from, from + cut)
    const records = {
      baseOffset: from,
      values: recordsOf(some.map(({ ts, n }) => (n < 0 ? 'broken' : JSON.stringify({ ts, n })))),
      keys: undefined,
      timestamps: Float64Array.from(some, ({ arrival }) => arrival),
      isCreateTime: true,
      ...kept,
    }
    const batch = decode(records, 0, { add: (record, _, reason, kind) => rejected.push([from + record, reason, kind]) })
    expect(batch.columns).toHaveLength(wanted.length)
    const { values } = batch.columns[wanted.indexOf(1)] as IntColumn
    rows.push(...values.subarray(0, batch.count))
    for (let row = 0; row < batch.count; row++) {
      expect(some[batch.origin?.[row] ?? row]?.n).toBe(values[row])
    }
  }
  return { rows, rejected }
}

const at = (time: number): string => new Date(time).toISOString()

// Promise max-ahead: A record whose event time is further ahead of its arrival than max_ahead is a dead letter, and never a row.
test('records from the future are rejected, whatever columns are wanted and however records are cut into batches', () => {
  const random = seededRandom(5)
  const lines = Array.from({ length: 500 }, (_, n): Line => {
    const arrival = ARRIVAL + 1000 * random.below(100_000)
    const by = random.below(10) === 0 ? 24 * HOUR + 1 + random.below(1e9) : random.below(48 * HOUR) - 24 * HOUR
    return { ts: random.below(20) === 0 ? null : at(arrival + by), n: random.below(30) === 0 ? -1 : n, arrival }
  })
  const isFuture = ({ ts, n, arrival }: Line) => n >= 0 && ts !== null && Date.parse(ts) > arrival + 24 * HOUR
  const rows = lines.filter((line) => line.n >= 0 && !isFuture(line)).map(({ n }) => n)
  const futures = lines.flatMap((line, i) => (isFuture(line) ? [i] : []))
  expect(futures.length).toBeGreaterThan(20)
  for (const cut of [1, 7, 500]) {
    for (const wanted of [[1], [0, 1], [1, 0]]) {
      const found = read(lines, {}, { wanted, cut })
      expect(found.rows).toEqual(rows)
      expect(found.rejected.filter(([, , kind]) => kind === 'future').map(([record]) => record)).toEqual(futures)
      expect(found.rejected.map(([record]) => record)).toEqual(
        found.rejected.map(([record]) => record).toSorted((a, b) => a - b),
      )
    }
  }
})

test('exactly max_ahead is no future, and the reason says by how much', () => {
  const lines = [0, 1].map((ms, n) => ({ ts: at(ARRIVAL + 24 * HOUR + ms), n, arrival: ARRIVAL }))
  expect(read(lines, {})).toEqual({
    rows: [0],
    rejected: [[1, 'its time, 2025-03-31T12:00:00.001Z, is 1 d after its arrival, 2025-03-30T12:00:00.000Z', 'future']],
  })
})

test('times without a zone are those of the pipeline’s, also in the hours in which its clock is moved', () => {
  const zone = zoneRules('Europe/Berlin')
  const arrival = Date.UTC(2025, 2, 30, 0, 30) // Half an hour before the clock goes from 2 to 3.
  const lines = ['02:29', '03:29', '03:31', '04:31'].map((time, n) => ({ ts: `2025-03-30T${time}:00`, n, arrival }))
  // 02:29 is skipped, and read as 03:29: an instant of 01:29 UTC, 59 minutes ahead.
  expect(read(lines, { ms: HOUR, zone }, { type: 'TIMESTAMP' }).rows).toEqual([0, 1])
})

test('where others fill a topic, only the time that brokers have set is an arrival', () => {
  const lines = [{ ts: '2099-01-01T00:00:00Z', n: 0, arrival: ARRIVAL }]
  expect(read(lines, { isOurs: false }).rows).toEqual([0])
  expect(read(lines, { isOurs: false }, { kept: { isCreateTime: false } }).rows).toEqual([])
  expect(read(lines, {}, { kept: { arrival: ARRIVAL } }).rows).toEqual([])
})
