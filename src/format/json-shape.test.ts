/** The reader of records that look like some before: the same rows as the reader of any JSON gives. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Type } from '../record/type.ts'
import * as types from '../record/type.ts'
import { decodeAll } from './decode.test-tool.ts'
import type { DeclaredColumn } from './format.ts'
import { json } from './json.ts'

const column = (name: string, type: Type, path?: string[]): DeclaredColumn =>
  path === undefined ? { field: { name, type } } : { field: { name, type }, path }

test('a record is read the same behind others of its shape as alone', () => {
  const columns = [
    column('n', types.BIGINT),
    column('i', types.INT, ['in', 'i']),
    column('s', types.STRING),
    column('t', types.TIMESTAMP_LTZ),
    column('wall', types.TIMESTAMP),
    column('d', types.DOUBLE),
    column('day', types.DATE, ['in', 'day']),
    column('x', types.STRING, ['in', 'x']),
  ]
  const open = json.open({ columns }, undefined)
  const fraction = fc.constantFrom('', '', '.007', '.123', '.1234')
  const time = fc.tuple(fc.integer({ min: 1709208000, max: 1709208100 }), fraction).map(([second, digits]) => {
    return new Date(1000 * second).toISOString().slice(0, 19) + digits
  })
  const usual = {
    n: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.nat(9)),
    s: fc.oneof(fc.string(), fc.constantFrom('', '\n"', 'é')),
    t: fc.oneof(
      { arbitrary: time.map((text) => `${text}Z`), weight: 9 },
      time.map((text) => `${text}+01:00`),
    ),
    wall: time,
    other: fc.oneof(fc.integer({ min: 0 }), fc.double(), fc.boolean()),
    list: fc.jsonValue({ maxDepth: 2 }),
    d: fc.double({ noNaN: true, noDefaultInfinity: true }),
    in: fc.record({ i: fc.nat(), z: fc.string(), day: fc.constantFrom('2024-02-28', '2024-02-29'), x: fc.nat() }),
  }
  const edit = fc.tuple(
    fc.constantFrom(
      '"n":',
      '"i":',
      '"s":"',
      '"t":"',
      '"wall":"',
      '"other":',
      '"d":',
      '"x":',
      '"',
      ':',
      '}',
      ',',
      '0Z"',
      '', // at the end
    ),
    fc.constantFrom('"', '\\', '0', '}', 'Z', ' ', 'null,', '-', '1', '.', 'true', '\t', '5Z"', '"s":1,'),
  )
  const line = fc.tuple(fc.record(usual), fc.option(edit, { freq: 2 }), fc.nat()).map((drawn) => {
    const [value, change, kind] = drawn
    return (kinds: readonly Kind[]) => {
      const { names, isReversed } = kinds[kind % kinds.length] as Kind
      const members = Object.entries(value).filter(([name]) => names.includes(name))
      const written = JSON.stringify(Object.fromEntries(isReversed ? members.reverse() : members))
      if (change === null) return written
      const [place, put] = change
      return place === '' ? written + put : written.replace(place, place + put)
    }
  })
  // A few kinds of records, or more than shapes are remembered.
  type Kind = { readonly names: readonly string[]; readonly isReversed: boolean }
  const names = Object.keys(usual)
  const subset = fc.oneof(fc.constant(names), fc.subarray(names, { minLength: 1 }))
  const kinds = fc.array(fc.record({ names: subset, isReversed: fc.boolean() }), { minLength: 1, maxLength: 12 })
  const drawn = fc.tuple(fc.array(line, { minLength: 2, maxLength: 60 }), kinds)
  fc.assert(
    fc.property(drawn, ([made, some]) => {
      const lines = made.map((each) => each(some))
      const alone = lines.map((each) => decodeAll(open, `${each}\n`))
      const all = decodeAll(open, `${lines.join('\n')}\n`)
      expect(all.rows).toEqual(alone.flatMap(({ rows }) => rows))
      expect(all.rejects).toEqual(alone.flatMap(({ rejects }, i) => rejects.map((each) => each.replace('0:', `${i}:`))))
    }),
    { numRuns: 300 },
  )
})
