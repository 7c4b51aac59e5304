/** Nested columns against JSON.parse, whatever the records, and wherever they are cut. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import * as types from '../../record/type.ts'
import { arrayOf, mapOf, rowOf, type Type } from '../../record/type.ts'
import { type Decoded, decodeAll, expectAnyChoice } from '../decode.test-tool.ts'
import { mangledLines } from '../mangled.test-tool.ts'
import { open, SAMPLES, SHAPE } from './nested.test-tool.ts'

const MARK = '\ufeff'
const { BIGINT, BOOLEAN, DOUBLE, INT, STRING } = types

const decode = (format: ReturnType<typeof open>, lines: readonly string[], chunk?: number): Decoded =>
  decodeAll(format, Buffer.from(`${lines.join('\n')}\n`), undefined, chunk)

/** The value of a column, as JSON.parse gives it; Error where it is not of the type. */
function expected(type: Type, value: unknown): Value {
  if (value === null || value === undefined) return null
  const isObject = typeof value === 'object' && !Array.isArray(value)
  const wrong = () => {
    throw new Error('wrong')
  }
  switch (type.kind) {
    case 'ARRAY':
      return Array.isArray(value) ? value.map((each) => expected(type.element, each)) : wrong()
    case 'MAP':
      return isObject
        ? Object.entries(value).map(([key, each]) => [wellFormed(key), expected(type.value, each)])
        : wrong()
    case 'ROW':
      return isObject
        ? type.fields.map((field) => {
            const own = Object.hasOwn(value, field.name) ? (value as Record<string, unknown>)[field.name] : null
            return expected(field.type, own)
          })
        : wrong()
    case 'STRING':
      return typeof value === 'string' ? wellFormed(value) : wrong()
    case 'BIGINT':
      return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : wrong()
    case 'DOUBLE':
      return typeof value === 'number' ? value : wrong()
    default:
      return typeof value === 'boolean' ? value : wrong()
  }
}

const wellFormed = (text: string): string => Buffer.from(text).toString()

/** A type and values of it. */
type Typed = { readonly type: Type; readonly value: fc.Arbitrary<unknown> }

const name = fc.constantFrom('a', 'b', 'c', 'a name of more than sixteen bytes', 'é', 'quo"ted', '')
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'a\\b', '"', '\u2028', '\ud800', 'x'.repeat(40)),
)
const scalar = fc.constantFrom<Typed>(
  { type: STRING, value: text },
  { type: BIGINT, value: fc.oneof(fc.maxSafeInteger(), fc.nat(99)) },
  { type: DOUBLE, value: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { type: BOOLEAN, value: fc.boolean() },
)
/** Leaves out names of one escaped character, which JSON.parse reads wrongly in Node 24.21: `{"":0,"\u0061":0}` gives the name `\`. */
const isReadWell = (key: string): boolean => key.length !== 1 || JSON.stringify(key).length === 3
const nullable = (value: fc.Arbitrary<unknown>) => fc.oneof({ weight: 5, arbitrary: value }, fc.constant(null))

function rowsOf(fields: readonly (readonly [string, Typed])[]): Typed {
  const members = Object.fromEntries(fields.map(([field, { value }]) => [field, nullable(value)]))
  const value = fc
    .tuple(
      fc.record(members, { requiredKeys: [] }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
      fc.boolean(),
    )
    .map(([known, found, isFirst]): unknown => {
      const other = withoutNames(found, members)
      return isFirst ? { ...other, ...known } : { ...known, ...other }
    })
  return { type: rowOf(fields.map(([field, { type }]) => ({ name: field, type }))), value }
}

const withoutNames = (object: object, names: object) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !Object.hasOwn(names, key)))

const { typed } = fc.letrec<{ typed: Typed }>((tie) => ({
  typed: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    tie('typed').map(({ type, value }) => ({
      type: arrayOf(type),
      value: fc.array(nullable(value), { maxLength: 6 }),
    })),
    tie('typed').map(({ type, value }) => ({
      type: mapOf(STRING, type),
      value: fc.dictionary(fc.oneof(name, text).filter(isReadWell), nullable(value), {
        maxKeys: 6,
        noNullPrototype: true,
      }),
    })),
    fc.uniqueArray(fc.tuple(name, tie('typed')), { maxLength: 4, selector: ([key]) => key }).map(rowsOf),
  ),
}))

/** JSON as it may be written: with blanks, or with escapes that nothing asks for. */
const spelled = fc.constantFrom<(value: unknown) => string>(
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, null, 1).replaceAll('\n', ' '),
  (value) =>
    JSON.stringify(value).replaceAll(/"(?:[^"\\]|\\.)*"/g, (quoted) =>
      /^"[ -[\]-~]{2,}"$/.test(quoted) ? `"\\u00${quoted.charCodeAt(1).toString(16)}${quoted.slice(2)}` : quoted,
    ),
)

const records = typed.chain(({ type, value }) =>
  fc.record({
    type: fc.constant(type),
    lines: fc.array(
      fc.tuple(nullable(value), spelled).map(([v, spell]) => spell({ v, n: 1 })),
      { minLength: 1, maxLength: 8 },
    ),
    chunk: fc.integer({ min: 1, max: 400 }),
  }),
)

test('nested values are those of JSON.parse, by the kernel and by the reader', () => {
  fc.assert(
    fc.property(records, ({ type, lines, chunk }) => {
      const rows = lines.map((line) => ({ v: expected(type, JSON.parse(line).v), n: 1 }))
      const format = open(['v', type], ['n', INT])
      const decoded = decode(format, lines, chunk)
      expect(decoded.rejects).toEqual([])
      expect(decoded.rows).toEqual(rows)
      // The kernel leaves records after a byte order mark to the reader.
      expect(
        decode(
          format,
          lines.map((line) => MARK + line),
        ).rows,
      ).toEqual(rows)
    }),
    { numRuns: 1000 },
  )
})

// Promise json-nested: A record with arrays and objects is a row with all of their values, or a reject; one that was cut off is a reject.
test('a record is a row or a reject, whatever its bytes, its cuts and the wanted columns; truncated ones are rejects', () => {
  const format = open(...SHAPE)
  const names = SHAPE.map(([each]) => each)
  fc.assert(
    fc.property(mangledLines(SAMPLES), fc.subarray(names), fc.integer({ min: 1, max: 300 }), (lines, wanted, chunk) => {
      const decoded = expectAnyChoice(format, lines, wanted, chunk)
      const marked = decodeAll(
        format,
        Buffer.from(`${lines.map((line) => `\xef\xbb\xbf${line}`).join('\n')}\n`, 'latin1'),
      )
      expect(marked.rows).toEqual(decoded.rows)
    }),
    { numRuns: 500 },
  )
  for (const sample of SAMPLES) {
    const cut = Array.from({ length: sample.length }, (_, length) => sample.slice(0, length))
    const decoded = decode(format, [sample, ...cut.slice(1), sample])
    expect(decoded.rows.length).toBe(2)
    expect(decoded.rows[0]).toEqual(decoded.rows[1])
  }
})
