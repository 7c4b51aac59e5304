import { expect, test } from 'vitest'
import { decodeAll } from '../format/decode.test-tool.ts'
import { openJson } from '../format/json/json.ts'
import { recordText } from '../record/records.ts'
import * as types from '../record/type.ts'
import { openRowsAsJson } from './rows-as-json.ts'
import type { Cell, StoredColumn } from './table.ts'

const column = (name: string, type: types.Type): StoredColumn => ({ stored: `the "${name}"`, field: { name, type } })

/** The rows that the format makes of cells, and what it refuses. */
function decoded(columns: readonly StoredColumn[], ...rows: readonly (readonly Cell[])[]) {
  const records = openRowsAsJson(columns)(rows)
  const json = openJson(columns.map(({ stored, field }) => ({ field, path: [stored] })))
  const lines = Array.from({ length: records.count }, (_, i) => recordText(records, i))
  return decodeAll(json, lines.join('\n'))
}

test('each cell is the value of its column', () => {
  const columns = [
    column('s', types.STRING),
    column('i', types.INT),
    column('n', types.BIGINT),
    column('d', types.DOUBLE),
    column('x', types.decimal(10, 2)),
    column('b', types.BOOLEAN),
    column('t', types.TIMESTAMP_LTZ),
  ]
  const at = Date.parse('2026-05-15T10:00:00.123Z')
  const first = ['a "b"\n', 1n, 9_007_199_254_740_993n, Number.NaN, '1.50', 1n, new Date(at)]
  const second = [new TextEncoder().encode('é'), 2, 3, 1e300, '-7', false, at]
  const third = [5, null, undefined, Number.NEGATIVE_INFINITY, null, 0, '2026-05-15T12:00:00.123+02:00']
  const { rows, rejects } = decoded(columns, first, second, third)
  expect(rejects).toEqual([])
  expect(rows).toEqual([
    { s: 'a "b"\n', i: 1, n: 9_007_199_254_740_993n, d: Number.NaN, x: 150n, b: true, t: at },
    { s: 'é', i: 2, n: 3n, d: 1e300, x: -700n, b: false, t: at },
    { s: '5', i: null, n: null, d: Number.NEGATIVE_INFINITY, x: null, b: false, t: at },
  ])
})

test('a cell that does not fit its type makes the row one that cannot be used', () => {
  const { rows, rejects } = decoded([column('i', types.INT)], ['abc'], [1.5], [7n])
  expect(rows).toEqual([{ i: 7 }])
  expect(rejects).toHaveLength(2)
})
