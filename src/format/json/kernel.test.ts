/** Compares records that the kernel reads with the same records after a byte order mark, which the kernel leaves to the reader. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Type } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { type Decoded, decodeAll, decodeApart, expectAnyChoice } from '../decode.test-tool.ts'
import type { OpenFormat } from '../format.ts'
import { BLOCK_BYTES, BLOCK_RECORDS } from '../scan/parsed-kernel.ts'
import { openJson } from './json.ts'

const MARK = '\xef\xbb\xbf'

const column = (name: string, type: Type, path?: string[]): DeclaredColumn =>
  path === undefined ? { field: { name, type } } : { field: { name, type }, path }

/** Lines in Latin-1, so that they may contain any byte. */
const decode = (open: OpenFormat, lines: readonly string[], names?: readonly string[], chunk?: number): Decoded =>
  decodeAll(open, Buffer.from(`${lines.join('\n')}\n`, 'latin1'), names, chunk)

/** Rows and rejects of the reader. */
function decodeMarked(open: OpenFormat, lines: readonly string[]): Decoded {
  const marked = decode(
    open,
    lines.map((line) => MARK + line),
  )
  const unmark = (reject: string) => reject.replace(/:(\d+)/, (_, byte) => `:${Number(byte) - MARK.length}`)
  return { ...marked, rejects: marked.rejects.map(unmark) }
}

const columns = [
  column('n', types.BIGINT),
  column('i', types.INT, ['in', 'i']),
  column('s', types.STRING),
  column('t', types.TIMESTAMP_LTZ),
  column('wall', types.TIMESTAMP),
  column('d', types.DOUBLE),
  column('day', types.DATE, ['in', 'day']),
  column('x', types.STRING, ['in', 'x']),
  column('ok', types.BOOLEAN, ['in', 'ok']),
  column('price', types.decimal(9, 2), ['in', 'deeper', 'price']),
  column('a name of more than sixteen bytes', types.BIGINT),
  column('', types.STRING),
  column('quo"ted', types.STRING),
]

const fraction = fc.constantFrom('', '', '.007', '.123', '.1234', '.5', '.123456789', '.')
const time = fc.tuple(fc.integer({ min: 1709208000, max: 1709208100 }), fraction).map(([second, digits]) => {
  return new Date(1000 * second).toISOString().slice(0, 19) + digits
})
const anyTime = fc
  .tuple(...[9999, 13, 32, 25, 61, 61].map((max) => fc.nat(max)), fc.constantFrom('T', 't', ' ', 'x'))
  .map(([year, month, day, hour, minute, second, between]) => {
    const [mm, dd, hh, mi, ss] = [month, day, hour, minute, second].map((each) => String(each).padStart(2, '0'))
    return `${String(year).padStart(4, '0')}-${mm}-${dd}${between}${hh}:${mi}:${ss}`
  })
const zone = fc.constantFrom('Z', 'Z', 'Z', '+01:00', '-09:30', '+0100', '+19:00', '', 'z')
const text = fc.oneof(
  fc.string(),
  fc.string({ maxLength: 70 }),
  fc.constantFrom('', '\n"', 'é', '\x7f\x80\xff', '\xc3', '\xed\xa0\x80'),
)
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.nat(1000).map((each) => each / 100),
  fc.tuple(fc.integer(), fc.nat(9)).map(([each, places]) => each / 10 ** places),
)
const usual = {
  n: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.nat(9), fc.integer({ min: 9_999_999, max: 100_000_001 })),
  s: text,
  t: fc.oneof(
    fc.tuple(fc.oneof(time, time, anyTime), zone).map((parts) => parts.join('')),
    fc.nat(2e12),
  ),
  wall: fc.oneof(time, time, anyTime),
  other: fc.oneof(fc.integer({ min: 0 }), fc.double(), fc.boolean()),
  list: fc.jsonValue({ maxDepth: 3 }),
  d: number,
  'a name of more than sixteen bytes': fc.integer(),
  'another name of more than sixteen bytes, and more than forty-seven': fc.boolean(),
  '': text,
  'quo"ted': text,
  in: fc.record(
    {
      i: fc.oneof(fc.nat(), fc.integer(), fc.nat(2 ** 33)),
      z: fc.string(),
      day: fc.constantFrom('2024-02-28', '2024-02-29'),
      x: fc.oneof(fc.nat(), text, fc.jsonValue({ maxDepth: 1 })),
      ok: fc.boolean(),
      deeper: fc.constantFrom(null, {}, { price: 1.5 }, { price: '1.505', z: [] }, { price: 'x' }),
    },
    { requiredKeys: [] },
  ),
}
const PLACES = ['"n":', '"i":', '"s":"', '"t":"', '"wall":"', '"other":', '"d":', '"x":', '"', ':', '}', ',', '0Z"', '']
const PUTS = [
  ...['"', '\\', '\\u00e9', '\\q', '0', '}', 'Z', ' ', 'null,', '-', '1', '.', 'e5', 'true', '\t', '5Z"', '"s":1,'],
  ...['"n":9007199254740993,', '"in":{"x":null},', '"in":null,', '"d":1,"d":2,', '\xff', '\x00', '{"a":[{}]},', '"'],
]
const edit = fc.tuple(fc.constantFrom(...PLACES), fc.constantFrom(...PUTS))

/** A record of one of several kinds, which differ in their names and their order. */
const line = fc
  .tuple(fc.record(usual), fc.option(edit, { freq: 2 }), fc.nat(), fc.boolean())
  .map(([value, change, kind, isSpaced]) => (kinds: readonly Kind[]) => {
    const { names, isReversed } = kinds[kind % kinds.length] as Kind
    const members = Object.entries(value).filter(([name]) => names.includes(name))
    const plain = JSON.stringify(Object.fromEntries(isReversed ? members.reverse() : members))
    const written = Buffer.from(isSpaced ? plain.replaceAll(/"([:,])"/g, '" $1 "') : plain).toString('latin1')
    if (change === null) return written
    const [place, put] = change
    return place === '' ? written + put : written.replace(place, () => place + put)
  })
type Kind = { readonly names: readonly string[]; readonly isReversed: boolean }
const names = Object.keys(usual)
const subset = fc.oneof(fc.constant(names), fc.subarray(names, { minLength: 1 }))
const kinds = fc.array(fc.record({ names: subset, isReversed: fc.boolean() }), { minLength: 1, maxLength: 12 })
const lines = fc
  .tuple(fc.array(line, { minLength: 2, maxLength: 60 }), kinds)
  .map(([made, some]) => made.map((each) => each(some).replaceAll('\n', ' ')))

test('the kernel and the reader give the same rows and rejects for all records', () => {
  const open = openJson(columns)
  fc.assert(
    fc.property(lines, (all) => {
      const marked = decodeMarked(open, all)
      expect(decode(open, all)).toEqual(marked)
      expect(decode(open, all, undefined, 4000)).toEqual(marked)
    }),
    { numRuns: 400 },
  )
})

test('neither the bytes after a record nor the choice of columns changes the rows', () => {
  const open = openJson(columns)
  const some = ['d', 's', 'i']
  const between = fc.constantFrom('\n', '', '"', '}', ',"n":1}', '1', '\\', '"}\n{"n":2', ' ')
  fc.assert(
    fc.property(lines, between, (all, mark) => {
      const marked = decodeMarked(open, all)
      const { rows, rejects } = decodeApart(open, all, mark)
      expect({ rows, rejects }).toEqual({ rows: marked.rows, rejects: marked.rejects })
      expect(expectAnyChoice(open, all, some)).toEqual(marked)
    }),
    { numRuns: 200 },
  )
})

test('a block may end anywhere: many records, long ones, and some longer than a block', () => {
  const open = openJson(columns)
  const short = Array.from({ length: 2 * BLOCK_RECORDS + 5 }, (_, i) =>
    i % 700 === 3 ? 'x' : `{"n":${i},"s":"${i % 7}"}`,
  )
  const frame = '{"n":1,"s":""}'.length
  const long = [-17, -16, -15, -1, 0, 1, 2, 16, 5000].flatMap((more) => {
    const body = 'y'.repeat(BLOCK_BYTES - frame + more)
    return [`{"n":1,"s":"${body}"}`, '{"n":2}', `{"n":3,"s":"${body}`, `{"s":"${body.slice(2)}\\n","n":4}`]
  })
  const filling = Array.from({ length: 300 }, (_, i) => `{"s":"${'z'.repeat((i * 37) % 1500)}","n":${i}}`)
  const all = [...short, ...long, ...filling, ...short]
  const marked = decodeMarked(open, all)
  expect(decode(open, all)).toEqual(marked)
  expect(marked.rows.length).toBe(all.length - 12 - long.length / 4)
})

test('values of a rejected record are not in the row that takes its place', () => {
  const open = openJson([column('n', types.BIGINT), column('s', types.STRING)])
  const { rows } = decode(open, [
    '{"n":9007199254740993,"s":"a"} x',
    '{"n":1}',
    '{"n":9223372036854775807}',
    '{"s":"b\\n"',
    '{}',
  ])
  expect(rows).toEqual([
    { n: 1n, s: null },
    { n: 9223372036854775807n, s: null },
    { n: null, s: null },
  ])
})

test('more unwanted names than the kernel remembers', () => {
  const open = openJson([column('n', types.BIGINT), column('last', types.STRING)])
  const all = Array.from({ length: 900 }, (_, i) => `{"name ${i}":${i},"name ${i % 5}":"","n":${i},"last":"${i}"}`)
  expect(decode(open, all)).toEqual(decodeMarked(open, all))
})
