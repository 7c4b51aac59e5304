/** JSON.parse is the oracle: of values, of what is JSON, and of what a path leads to. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STRING } from '../../../record/type.ts'
import { call, literal, rows } from '../run.test-tool.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const letters = fc.constantFrom('a', 'b', 'é', '😀', '"', '\\', '/', '\n', '\u0001', ' ', '\ud800')
const text = fc.string({ unit: letters, maxLength: 4 })
const name = fc.oneof(fc.constantFrom('a', 'b', 'c'), text)
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.integer(),
    text,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map((members) => Object.fromEntries(members)),
  ),
}))

/** How a value is spelled: each choice adds blanks, or an escape that is not needed. */
const choices = fc.array(fc.nat(5), { minLength: 1, maxLength: 30 })

/** The value as JSON with blanks and escapes by the choices. */
function spelled(of: Json, picks: readonly number[]): string {
  let next = 0
  const pick = () => picks[next++ % picks.length] as number
  const blank = () => ['', '', '', ' ', '\n\t', '  '][pick()] as string
  const spell = (json: Json): string => {
    if (typeof json === 'string') {
      const plain = JSON.stringify(json).slice(1, -1)
      return `"${pick() > 3 ? plain.replace(/[a-c]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`) : plain}"`
    }
    if (json === null || typeof json !== 'object') return JSON.stringify(json)
    if (Array.isArray(json)) return `[${json.map((item) => blank() + spell(item) + blank()).join(',')}${blank()}]`
    const members = Object.entries(json).map(
      ([key, item]) => `${blank()}${spell(key)}${blank()}:${blank()}${spell(item)}`,
    )
    return `{${members.join(`${blank()},`)}${blank()}}`
  }
  return blank() + spell(of) + blank()
}

/** The value as Flink writes it: sorted names, and half a surrogate pair as `?`. */
function canonical(json: Json): string {
  if (typeof json === 'string') {
    const written = json.replace(/[\u0000-\u001f"\\]/g, (letter) => JSON.stringify(letter).slice(1, -1))
    return `"${written.replace(/\\u00../g, (code) => `\\u${code.slice(2).toUpperCase()}`)}"`
  }
  if (json === null || typeof json !== 'object') return JSON.stringify(json)
  if (Array.isArray(json)) return `[${json.map(canonical).join(',')}]`
  const members = Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, item]) => `${canonical(key)}:${canonical(item)}`).join(',')}}`
}

const inJava = (written: string): string => written.replace(/\p{Surrogate}/gu, '?')

const steps = fc.array(fc.oneof(name, fc.integer({ min: -3, max: 2 })), { maxLength: 3 })

const pathOf = (way: readonly (string | number)[]): string =>
  `$${way.map((step) => (typeof step === 'number' ? `[${step}]` : `['${step.replace(/['\\]/g, (sign) => `\\${sign}`)}']`)).join('')}`

/** What the way leads to; undefined where it leads nowhere. */
function at(json: Json, way: readonly (string | number)[]): Json | undefined {
  const [step, ...rest] = way
  if (step === undefined) return json
  if (json === null || typeof json !== 'object') return undefined
  let inner: Json | undefined
  if (Array.isArray(json)) inner = typeof step === 'number' ? json.at(step) : undefined
  else if (typeof step === 'string' && Object.hasOwn(json, step)) inner = (json as { [name: string]: Json })[step]
  return inner === undefined ? undefined : at(inner, rest)
}

/** A way that often leads somewhere. */
const wayInto = fc.tuple(value, steps, fc.array(fc.nat(2), { maxLength: 3 })).map(([json, wild, turns]) => {
  const way: (string | number)[] = []
  let here: Json | undefined = json
  for (const turn of turns) {
    if (here === null || typeof here !== 'object') break
    const keys: readonly (string | number)[] = Array.isArray(here) ? [...here.keys()] : Object.keys(here)
    const step = keys[turn]
    if (step === undefined) break
    way.push(step)
    here = at(here, [step])
  }
  return { json, way: turns.length === 0 ? wild : way }
})

test('what a path of names and indexes leads to is what JSON.parse has there', () => {
  fc.assert(
    fc.property(wayInto, choices, fc.boolean(), ({ json, way }, picks, lax) => {
      const written = spelled(json, picks)
      const there = at(json, way)
      const path = literal(inJava(`${lax ? 'lax ' : ''}${pathOf(way)}`), STRING)
      if (way.some((step) => typeof step === 'string' && inJava(step) !== step)) return
      const texts = rows(STRING, `"é"`, written, '{}')
      const isScalar = there !== undefined && there !== null && typeof there !== 'object'
      expect(call('JSON_VALUE', [texts, path])[1]).toBe(isScalar ? inJava(String(there)) : null)
      const isNested = typeof there === 'object' && there !== null
      expect(call('JSON_QUERY', [texts, path])[1]).toBe(isNested ? inJava(canonical(there)) : null)
      expect(call('JSON_EXISTS', [texts, path])[1]).toBe(there !== undefined && there !== null)
    }),
    { numRuns: 2_000 },
  )
})

/** A text with one byte changed, or cut. */
const mangled = fc
  .tuple(value, choices, fc.nat(), fc.constantFrom(...'{}[],:"\\e.-0tnx \u0001'), fc.boolean())
  .map(([json, picks, place, sign, cut]) => {
    const written = spelled(json, picks)
    const index = place % (written.length + 1)
    return cut ? written.slice(0, index) : written.slice(0, index) + sign + written.slice(index + 1)
  })

function parses(written: string): boolean {
  try {
    JSON.parse(written)
    return true
  } catch {
    return false
  }
}

test('JSON is what JSON.parse takes, and what begins with a whole value', () => {
  fc.assert(
    fc.property(mangled, (written) => {
      const [isJson] = call('IS JSON VALUE', [rows(STRING, written)])
      const isWhole = parses(written)
      if (isWhole) expect(isJson).toBe(true)
      // Flink does not look at what follows the first value.
      const isStart = Array.from({ length: written.length }, (_, end) => written.slice(0, end)).some(
        (start) => /[^ \n\t]/.test(start) && parses(start),
      )
      if (!isWhole && !isStart) expect(isJson).toBe(false)
      expect(call('IS NOT JSON VALUE', [rows(STRING, written)])).toEqual([!isJson])
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['{} x', true],
  ['[1] x', true],
  ['"a" x', true],
  ['1 x', true],
  ['1x', false],
  ['1,', false],
  ['true,', true],
  ['truex', false],
  ['null', true],
  ['', false],
  ['NaN', false],
  ["{'a':1}", false],
  ['[1,]', false],
  ['[01]', false],
  ['[1.]', false],
  ['["\\x"]', false],
  ['["\t"]', false],
  [`${'['.repeat(900)}${']'.repeat(900)}`, true],
  [`${'['.repeat(1001)}${']'.repeat(1001)}`, false],
])('%s IS JSON: %s', (written, expected) => {
  expect(call('IS JSON VALUE', [rows(STRING, written)])).toEqual([expected])
})

test('IS JSON of NULL is FALSE, and kinds are told by the first byte', () => {
  const texts = rows(STRING, null, '{}', ' [1]', '"x"', 'null', '1')
  expect(call('IS JSON VALUE', [texts])).toEqual([false, true, true, true, true, true])
  expect(call('IS NOT JSON VALUE', [texts])).toEqual([true, false, false, false, false, false])
  expect(call('IS JSON OBJECT', [texts])).toEqual([false, true, false, false, false, false])
  expect(call('IS JSON ARRAY', [texts])).toEqual([false, false, true, false, false, false])
  expect(call('IS JSON SCALAR', [texts])).toEqual([false, false, false, true, true, true])
  expect(call('IS NOT JSON SCALAR', [texts])).toEqual([true, true, true, false, false, false])
})
