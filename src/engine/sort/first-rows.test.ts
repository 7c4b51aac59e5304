import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../base/random.ts'
import { type Batch, batchOfRows, columnOf } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { FirstRows } from './first-rows.ts'

const fields: readonly Field[] = [
  { name: 'n', type: { kind: 'INT' } },
  { name: 'text', type: { kind: 'STRING' } },
]
type Row = readonly [n: number | null, text: string]

function randomBatch(random: Random, count: number): { readonly batch: Batch; readonly rows: readonly Row[] } {
  const rows = Array.from({ length: count }, (): Row => {
    return [random.below(50) === 0 ? null : random.below(1000), `${'x'.repeat(random.below(12))}${random.below(100)}`]
  })
  const columns = [
    {
      kind: 'int',
      values: Int32Array.from(rows, ([n]) => n ?? 77),
      nulls: Uint8Array.from(rows, ([n]) => +(n === null)),
    } as const,
    columnOf(
      { kind: 'STRING' },
      rows.map(([, text]) => text),
    ),
  ]
  return { batch: batchOfRows(count, columns), rows }
}

function rowsOf({ columns: [n, text], rows }: ReturnType<FirstRows['sorted']>): Row[] {
  if (n?.kind !== 'int' || text?.kind !== 'string') throw new Error('the columns are others than those added')
  return [...rows].map((row): Row => {
    const bytes = text.bytes.subarray(text.start[row], text.end[row])
    return [n.nulls?.[row] === 1 ? null : (n.values[row] as number), Buffer.from(bytes).toString()]
  })
}

for (const wanted of [0, 1, 10, 3000, 9000, Infinity]) {
  test(`the first ${wanted} of 40,000 rows, in batches of any size`, () => {
    const seed = 3 + (wanted % 1000 || 0)
    const random = seededRandom(seed)
    const first = new FirstRows(fields, [{ column: 0, descending: true, nullsFirst: false }], wanted)
    const all: Row[] = []
    while (all.length < 40_000) {
      const { batch, rows } = randomBatch(random, 1 + random.below(6000))
      first.add(batch)
      all.push(...rows)
      expect(first.rows.count).toBeLessThanOrEqual(2 * wanted + 8192)
    }
    first.trim()
    const order = ([a, textA]: Row, [b, textB]: Row): number => {
      if (a !== b) return a === null ? 1 : b === null ? -1 : b - a
      return textA < textB ? -1 : textA > textB ? 1 : 0
    }
    const expected = all.sort(order).slice(0, wanted)
    expect(rowsOf(first.sorted()), `seed ${seed}`).toEqual(expected)
  })
}
