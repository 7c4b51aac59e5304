/** Points of every kind of value, read back by a parser of line protocol. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { zoneRules } from '../../../base/timezone.ts'
import { columnOf, type Value } from '../../../record/column.ts'
import type { Type } from '../../../record/type.ts'
import * as types from '../../../record/type.ts'
import type { MappedColumn } from '../../table/mapping.ts'
import type { PointMapping, Precision } from '../point.ts'
import { pointEncoder } from './encoder.ts'
import { parsePoints } from './parse-line.test-tool.ts'

type Given = { readonly name: string; readonly type: Type; readonly values: readonly Value[] }

type Form = Partial<Pick<PointMapping, 'precision' | 'tellsByTime'>> & {
  readonly measurement?: string | Given
  readonly needed?: readonly string[]
  readonly zone?: string
}

/** The body of the points of these rows, and the rows that cannot be points, with the reasons. */
function encode(
  {
    tags = [],
    fields,
    time,
  }: { readonly tags?: readonly Given[]; readonly fields: readonly Given[]; readonly time: Given },
  { measurement = 'm', precision = 'ms', tellsByTime = false, needed = [], zone = 'UTC' }: Form = {},
) {
  const all = [...tags, ...fields, time, ...(typeof measurement === 'string' ? [] : [measurement])]
  const place = (given: Given) => ({ name: given.name, column: all.indexOf(given) })
  const mapping: PointMapping = {
    columns: all.map(({ name, type }): MappedColumn => ({ name, type, source: { kind: 'row' } })),
    measurement: typeof measurement === 'string' ? { name: measurement } : { column: all.indexOf(measurement) },
    tags: tags.map((tag) => ({ ...place(tag), tellsRows: needed.includes(tag.name) })),
    fields: fields.map(place),
    time: all.indexOf(time),
    precision,
    tellsByTime,
  }
  const columns = all.map(({ type, values }) => columnOf(type, values))
  const refused = new Map<number, string>()
  const points = pointEncoder(mapping, zoneRules(zone))({ count: time.values.length, columns, refused })
  return { body: Buffer.from(points.bytes).toString(), refused: [...refused], points }
}

const at = (...values: Value[]): Given => ({ name: 'time', type: types.TIMESTAMP_LTZ, values })
const text = (name: string, ...values: Value[]): Given => ({ name, type: types.STRING, values })
const whole = (name: string, ...values: Value[]): Given => ({ name, type: types.BIGINT, values })
const double = (name: string, ...values: Value[]): Given => ({ name, type: types.DOUBLE, values })

test('each type of value has its form, as a field and as a tag', () => {
  const kinds: readonly (readonly [Type, Value, string, string])[] = [
    [types.BOOLEAN, true, 'true', 'true'],
    [types.INT, -7, '-7i', '-7'],
    [types.BIGINT, 9_007_199_254_740_993n, '9007199254740993i', '9007199254740993'],
    [types.BIGINT, -(2n ** 63n), '-9223372036854775808i', '-9223372036854775808'],
    [types.DOUBLE, 0.1, '0.1', '0.1'],
    [types.DOUBLE, 3, '3', '3'],
    [types.DOUBLE, 1e300, '1e+300', '1e+300'],
    [types.decimal(10, 2), -150n, '-1.50', '-1.50'],
    [types.STRING, 'a "b" \\c,=d', String.raw`"a \"b\" \\c,=d"`, String.raw`a\ "b"\ \c\,\=d`],
    [types.DATE, 9312, '"1995-07-01"', '1995-07-01'],
    [types.TIME, 14_400_000, '"04:00:00"', '04:00:00'],
    [types.TIMESTAMP, 804_571_200_007, '"1995-07-01T04:00:00.007"', '1995-07-01T04:00:00.007'],
    [types.TIMESTAMP_LTZ, 804_571_200_000, '"1995-07-01T04:00:00.000Z"', '1995-07-01T04:00:00.000Z'],
  ]
  for (const [type, value, field, tag] of kinds) {
    const given = { name: 'k', type, values: [value] }
    expect(encode({ fields: [given], time: at(5) }).body).toBe(`m k=${field} 5\n`)
    expect(encode({ tags: [given], fields: [whole('n', 1n)], time: at(5) }).body).toBe(`m,k=${tag} n=1i 5\n`)
  }
})

test('names with special bytes are escaped, and so is a measurement', () => {
  const tags = [text('a b,c=d', 'x')]
  const fields = [whole('e f,g=h\\i', 1n)]
  expect(encode({ tags, fields, time: at(0) }, { measurement: 'm n,o=p' }).body).toBe(
    `${String.raw`m\ n\,o=p,a\ b\,c\=d=x e\ f\,g\=h\i=1i 0`}\n`,
  )
})

test('a tag or field that is NULL is left out, an empty tag too, and a row without a field is refused', () => {
  const tags = [text('t', 'x', null, '', 'y')]
  const fields = [whole('n', 1n, 2n, 3n, null), text('s', null, '', 'a\nb', null)]
  const { body, refused, points } = encode({ tags, fields, time: at(1, 2, 3, 4) })
  expect(body).toBe('m,t=x n=1i 1\nm n=2i,s="" 2\nm n=3i,s="a\nb" 3\n')
  expect(refused).toEqual([[3, 'all of its fields are NULL, and InfluxDB has no point without a field']])
  expect([...points.rows.subarray(0, points.count)]).toEqual([0, 1, 2])
  expect([...points.ends.subarray(0, points.count)]).toEqual([13, 27, 44])
})

test('what cannot be written is refused with the reason, and the others are points', () => {
  const unwritable = /^tag t: line protocol cannot hold a line break here, nor a backslash/
  const tags = [text('t', 'a\nb', 'a\\', 'a\\ b', 'a\\b', 'a\\,', null)]
  const fields = [double('x', 1, 1, 1, Number.NaN, 1, Number.NEGATIVE_INFINITY), whole('n', 1n, 1n, 1n, 1n, 1n, 1n)]
  expect(encode({ tags, fields, time: at(1, 2, 3, 4, 5, 6) }).refused).toEqual([
    [0, expect.stringMatching(unwritable)],
    [1, expect.stringMatching(unwritable)],
    [2, expect.stringMatching(unwritable)],
    [3, 'field x: it is NaN, which InfluxDB does not have'],
    [4, expect.stringMatching(unwritable)],
    [5, 'field x: it is -Infinity, which InfluxDB does not have'],
  ])
  const measurement = text('measurement', 'ok', '#x', '', null, '\tx', 'a=b')
  const made = encode({ fields: [whole('n', 1n, 1n, 1n, 1n, 1n, 1n)], time: at(1, 2, 3, 4, null, 6) }, { measurement })
  expect(made.body).toBe('ok n=1i 1\na=b n=1i 6\n')
  expect(made.refused.map(([row]) => row)).toEqual([1, 2, 3, 4])
  const long = encode({ tags: [text('t', 'x'.repeat(65_000))], fields: [whole('n', 1n)], time: at(1) })
  expect(long.refused).toEqual([[0, 'its measurement and tags are longer than 64 KiB']])
})

test('a tag that tells rows apart is never left out for an empty text, which would be NULL', () => {
  const { body, refused } = encode(
    { tags: [text('t', '', null)], fields: [whole('n', 1n, 2n)], time: at(1, 1) },
    { needed: ['t'] },
  )
  expect(body).toBe('m n=2i 1\n')
  expect(refused).toEqual([[0, 'tag t: it is empty, which line protocol cannot tell from NULL']])
})

// Promise: Times of points are exact integers in every precision, ns included; NULL and times that InfluxDB cannot keep are refused.
test('times are exact in every precision', () => {
  const times = at(1_772_366_400_250, 0, -1, -1500, null, 9_300_000_000_000_000)
  const digits = (precision: Precision) =>
    parsePoints(encode({ fields: [whole('n', 1n, 1n, 1n, 1n, 1n, 1n)], time: times }, { precision }).body).map(
      ({ time }) => time,
    )
  expect(digits('s')).toEqual(['1772366400', '0', '-1', '-2'])
  expect(digits('ms')).toEqual(['1772366400250', '0', '-1', '-1500'])
  expect(digits('us')).toEqual(['1772366400250000', '0', '-1000', '-1500000'])
  expect(digits('ns')).toEqual(['1772366400250000000', '0', '-1000000', '-1500000000'])
  const bigint = whole('time', 1_772_366_400_250_123_457n, 7n, null, 2n ** 63n - 1n)
  const made = encode({ fields: [whole('n', 1n, 1n, 1n, 1n)], time: bigint }, { precision: 'ns' })
  expect(made.body).toBe('m n=1i 1772366400250123457\nm n=1i 7\n')
  expect(made.refused).toEqual([
    [2, 'time: it is NULL'],
    [3, expect.stringMatching(/^time: it is before 1677-09-22 or after/)],
  ])
})

test('a time that tells rows apart is not cut, and wall clocks are those of the zone', () => {
  const fields = [whole('n', 1n, 1n)]
  const cut = encode({ fields, time: at(1000, 1001) }, { precision: 's', tellsByTime: true })
  expect(cut.body).toBe('m n=1i 1\n')
  expect(cut.refused).toEqual([[1, expect.stringMatching(/^time: it is no whole second/)]])
  // 02:30 of this day is no time in Berlin: its clocks go from 2 to 3.
  const wall = {
    name: 'time',
    type: types.TIMESTAMP,
    values: ['01:30', '02:30'].map((t) => Date.parse(`2026-03-29T${t}Z`)),
  }
  const told = encode({ fields, time: wall }, { precision: 's', tellsByTime: true, zone: 'Europe/Berlin' })
  expect(told.body).toBe(`m n=1i ${Date.parse('2026-03-29T00:30Z') / 1000}\n`)
  expect(told.refused).toEqual([[1, 'time: the clocks of Europe/Berlin never show it']])
})

/** Bytes that line protocol can hold in a tag. */
const isTagText = (value: string): boolean => !/\n|\\$|\\[,= ]/.test(value)

test('whatever the texts, a parser of line protocol reads the same points', () => {
  const special = fc.constantFrom(',', '=', ' ', '"', '\\', '\n', '\t', 'a', 'é', '#', '\0')
  const words = fc.oneof(fc.string({ unit: special, maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 8 }))
  const some = fc.option(words, { freq: 8 })
  const rows = fc.array(
    fc.record({ tag: some, other: some, field: some, n: fc.option(fc.maxSafeInteger()), time: fc.integer() }),
  )
  const keys = fc.uniqueArray(
    words.filter((key) => key !== '' && isTagText(key) && !/\p{Cc}/u.test(key)),
    {
      minLength: 5,
      maxLength: 5,
    },
  )
  fc.assert(
    fc.property(rows, keys, (made, [a = '', b = '', c = '', d = '', m = '']) => {
      const column = <Name extends 'tag' | 'other' | 'field'>(key: string, name: Name) =>
        text(key, ...made.map((row) => row[name]))
      const { body, refused } = encode(
        {
          tags: [column(a, 'tag'), column(b, 'other')],
          fields: [column(c, 'field'), whole(d, ...made.map(({ n }) => (n === null ? null : BigInt(n))))],
          time: at(...made.map(({ time }) => time)),
        },
        { measurement: m.replace(/^#/, 'x') },
      )
      const isFit = ({ tag, other, field, n }: (typeof made)[number]) =>
        [tag, other].every((value) => value === null || isTagText(value)) && (field !== null || n !== null)
      expect(refused.map(([row]) => row)).toEqual(made.flatMap((row, i) => (isFit(row) ? [] : [i])))
      expect(parsePoints(body)).toEqual(
        made.filter(isFit).map(({ tag, other, field, n, time }) => ({
          measurement: m.replace(/^#/, 'x'),
          tags: { ...(tag && { [a]: tag }), ...(other && { [b]: other }) },
          fields: { ...(field !== null && { [c]: { text: field } }), ...(n !== null && { [d]: `${n}i` }) },
          time: String(time),
        })),
      )
    }),
    { numRuns: 2000 },
  )
})

test('bytes that are not UTF-8 become U+FFFD', () => {
  const broken = columnOf(types.STRING, ['é', 'xx', null]) as Extract<ReturnType<typeof columnOf>, { kind: 'string' }>
  broken.bytes[2] = 0xff
  const mapping: PointMapping = {
    columns: ['t', 'time'].map((name, i) => ({
      name,
      type: i === 0 ? types.STRING : types.TIMESTAMP_LTZ,
      source: { kind: 'row' },
    })),
    measurement: { name: 'm' },
    tags: [],
    fields: [{ name: 't', column: 0 }],
    time: 1,
    precision: 'ms',
    tellsByTime: false,
  }
  const columns = [broken, columnOf(types.TIMESTAMP_LTZ, [1, 2, 3])]
  const { bytes } = pointEncoder(mapping, zoneRules('UTC'))({ count: 3, columns, refused: new Map() })
  expect(Buffer.from(bytes).toString()).toBe('m t="é" 1\nm t="\ufffdx" 2\n')
})
