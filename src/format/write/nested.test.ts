/** Arrays, maps and rows are written as JSON, and the format `json` reads them back. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOf } from '../../record/batch.test-tool.ts'
import { valueAt } from '../../record/column.ts'
import { arrayOf, INT, isNested, mapOf, rowOf, STRING, type Type } from '../../record/type.ts'
import { anyType, anyValueOf } from '../../record/value.test-tool.ts'
import { sampleOf } from '../decode.test-tool.ts'
import { openJson } from '../json/json.ts'
import { makeEncoder } from './encoders.ts'

/** Names of members are texts. */
const isReadBack = (type: Type): boolean => {
  if (type.kind === 'MAP') return type.key.kind === 'STRING' && isReadBack(type.value)
  if (type.kind === 'ARRAY') return isReadBack(type.element)
  return type.kind !== 'ROW' || type.fields.every((field) => isReadBack(field.type))
}

const typeAndRows = fc
  .array(anyType.filter(isReadBack), { minLength: 1, maxLength: 3 })
  .chain((types) =>
    fc.tuple(fc.constant(types), fc.array(fc.tuple(...types.map(anyValueOf)), { minLength: 1, maxLength: 12 })),
  )

test('what ndjson writes, the format json with the same columns reads', () => {
  fc.assert(
    fc.property(typeAndRows, fc.nat(12), ([types, rows], skipped) => {
      const fields = types.map((type, index) => ({ name: `c${index}`, type }))
      const from = Math.min(skipped, rows.length - 1)
      const bytes = makeEncoder('ndjson', fields).encode(batchOf(fields, rows), from, rows.length)
      const rejects: string[] = []
      const decode = openJson(fields.map((field) => ({ field }))).decoder([...fields.keys()])
      const batch = decode(sampleOf(new Uint8Array(bytes)), { add: (_, at, reason) => rejects.push(`${at} ${reason}`) })
      expect(rejects).toEqual([])
      const read = Array.from({ length: batch.count }, (_, row) =>
        batch.columns.map((column, i) => valueAt(column, row, types[i])),
      )
      expect(read).toEqual(rows.slice(from))
    }),
    { numRuns: 300 },
  )
})

const FIELDS = [
  { name: 'a', type: arrayOf(STRING) },
  { name: 'm', type: mapOf(INT, { kind: 'DATE' } as Type) },
  { name: 'r', type: rowOf([{ name: 'two words', type: { kind: 'DOUBLE' } }]) },
]
const ROWS = batchOf(FIELDS, [
  [['x"y', null, 'é'], [[7, 0]], [Number.NaN]],
  [[], null, [null]],
])
const written = (form: 'ndjson' | 'json' | 'csv') =>
  Buffer.from(makeEncoder(form, FIELDS).encode(ROWS, 0, 2)).toString()

test('each form has them as JSON', () => {
  const first = '{"a":["x\\"y",null,"é"],"m":{"7":"1970-01-01"},"r":{"two words":"NaN"}}'
  const second = '{"a":[],"m":null,"r":{"two words":null}}'
  expect(written('ndjson')).toBe(`${first}\n${second}\n`)
  expect(JSON.parse(`[${written('json')}]`)).toEqual([JSON.parse(first), JSON.parse(second)])
  expect(written('csv')).toBe(
    '"[""x\\""y"",null,""é""]","{""7"":""1970-01-01""}","{""two words"":""NaN""}"\n[],,"{""two words"":null}"\n',
  )
})

test('the name of each nested type is one that has JSON', () => {
  expect(FIELDS.every(({ type }) => isNested(type))).toBe(true)
})
