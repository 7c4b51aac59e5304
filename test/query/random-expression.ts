/**
 * Random SQL expressions, each with its text and its meaning: a function over a row that follows three-valued logic to the
 * letter, without regard to speed.
 */
import fc from 'fast-check'
import { compareValues } from '../../src/engine/naive.test-tool.ts'
import type { Value } from '../../src/record/column.ts'

export type Row = readonly Value[]
/** BIGINT, STRING, DOUBLE, BOOLEAN, TIMESTAMP. */
export type Kind = 'number' | 'text' | 'double' | 'boolean' | 'time'
export type Expression = { readonly sql: string; readonly kind: Kind; readonly of: (row: Row) => Value }

const TEXTS = ['', 'a', 'b', 'A', 'ab', 'aab', "it's", 'é', 'É', '😀', 'a%', '_', ' a ', '\\']
const PATTERNS = ['%', 'a%', '%a%', '_', '__', 'a_', '%b', '', "it's", '%😀', 'é', '%%_', '\\', 'ab']
const NUMBERS = [0n, 1n, -1n, 2n, 3n, 7n, -20n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n]

export const numberValue: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(-4n, 4n) },
  { weight: 1, arbitrary: fc.constantFrom(...NUMBERS) },
)
export const textValue: fc.Arbitrary<string> = fc.constantFrom(...TEXTS)
/** Eighths, so that sums are exact in any order. */
export const doubleValue: fc.Arbitrary<number> = fc.integer({ min: -40, max: 40 }).map((n) => n / 8)
export const timeValue: fc.Arbitrary<number> = fc.integer({ min: -30_000, max: 60_000 })

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const bigint = (value: bigint): bigint => BigInt.asIntN(64, value)
const numberText = (value: bigint): string => `CAST('${value}' AS BIGINT)`
const timeText = (ms: number): string => `TIMESTAMP '${new Date(ms).toISOString().slice(0, -1).replace('T', ' ')}'`

export function literal(kind: Kind, value: Value): Expression {
  const types = { number: 'BIGINT', text: 'STRING', double: 'DOUBLE', boolean: 'BOOLEAN', time: 'TIMESTAMP(3)' }
  const texts: { readonly [kind in Kind]: (value: never) => string } = {
    number: numberText,
    text: quoted,
    double: (number: number) => `CAST(${number} AS DOUBLE)`,
    boolean: (truth: boolean) => (truth ? 'TRUE' : 'FALSE'),
    time: timeText,
  }
  const sql = value === null ? `CAST(NULL AS ${types[kind]})` : texts[kind](value as never)
  return { sql, kind, of: () => value }
}

type Meaning = (...values: never[]) => Value

/** `(a SIGN b)`, which is NULL if an operand is. */
const infix = (kind: Kind, sign: string, [a, b]: readonly [Expression, Expression], meaning: Meaning): Expression =>
  strict(kind, `(${a.sql} ${sign} ${b.sql})`, [a, b], meaning)

/** A function that is NULL if an argument is. */
const strict = (kind: Kind, sql: string, parts: readonly Expression[], meaning: Meaning): Expression => ({
  sql,
  kind,
  of(row) {
    const values = parts.map((part) => part.of(row))
    return values.includes(null) ? null : meaning(...(values as never[]))
  },
})

const not = (value: Value): Value => (value === null ? null : !value)
const and = (a: Value, b: Value): Value => (a === false || b === false ? false : a === null || b === null ? null : true)
const or = (a: Value, b: Value): Value => not(and(not(a), not(b)))
const equal = (a: Value, b: Value): Value => (a === null || b === null ? null : compareValues(a, b) === 0)

function isLike(text: string, pattern: string): boolean {
  const source = [...pattern]
    .map((character) =>
      character === '%' ? '[^]*' : character === '_' ? '[^]' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
    )
    .join('')
  return new RegExp(`^${source}$`, 'u').test(text)
}

const COMPARISONS: readonly (readonly [string, (order: number) => boolean])[] = [
  ['=', (order) => order === 0],
  ['<>', (order) => order !== 0],
  ['<', (order) => order < 0],
  ['<=', (order) => order <= 0],
  ['>', (order) => order > 0],
  ['>=', (order) => order >= 0],
]

export type Expressions = { readonly [kind in Kind]: fc.Arbitrary<Expression> }

/** Expressions over columns, of each kind. */
export function expressionsOver(columns: readonly Expression[]): Expressions {
  const { number, text, double, boolean, time } = fc.letrec<Record<Kind, Expression>>((tie) => {
    const both = (kind: Kind) => fc.tuple(tie(kind), tie(kind))
    const leaf = (kind: Kind, values: fc.Arbitrary<Value>): fc.Arbitrary<Expression> => {
      const own = columns.filter((column) => column.kind === kind)
      const constant = fc.option(values, { freq: 8 }).map((value) => literal(kind, value))
      return own.length === 0
        ? constant
        : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...own) }, { weight: 2, arbitrary: constant })
    }
    const any = (kind: Kind, values: fc.Arbitrary<Value>, ...others: fc.Arbitrary<Expression>[]) =>
      fc.oneof({ maxDepth: 2, withCrossShrink: true }, leaf(kind, values), ...choices(kind, tie), ...others)
    return {
      number: any('number', numberValue, ...numbers(tie)),
      text: any('text', textValue, ...texts(tie)),
      double: any(
        'double',
        doubleValue,
        both('double').map((pair) => infix('double', '+', pair, (x: number, y: number) => x + y)),
        both('double').map((pair) => infix('double', '-', pair, (x: number, y: number) => x - y)),
      ),
      boolean: any('boolean', fc.boolean(), ...booleans(tie)),
      time: any('time', timeValue),
    }
  })
  return { number, text, double, boolean, time }
}

type Tie = (kind: Kind) => fc.Arbitrary<Expression>

/** The expressions of every kind: CASE, COALESCE, NULLIF. */
function choices(kind: Kind, tie: Tie): fc.Arbitrary<Expression>[] {
  const coalesce = fc.tuple(tie(kind), tie(kind)).map(([a, b]) => ({
    sql: `COALESCE(${a.sql}, ${b.sql})`,
    kind,
    of: (row: Row) => a.of(row) ?? b.of(row),
  }))
  const nullif = fc.tuple(tie(kind), tie(kind)).map(([a, b]) => ({
    sql: `NULLIF(${a.sql}, ${b.sql})`,
    kind,
    of: (row: Row) => (equal(a.of(row), b.of(row)) === true ? null : a.of(row)),
  }))
  const chosen = fc.tuple(tie('boolean'), tie(kind), fc.option(tie(kind))).map(([when, then, other]) => ({
    sql: `CASE WHEN ${when.sql} THEN ${then.sql}${other === null ? '' : ` ELSE ${other.sql}`} END`,
    kind,
    of: (row: Row) => (when.of(row) === true ? then.of(row) : other === null ? null : other.of(row)),
  }))
  return [coalesce, nullif, chosen]
}

function numbers(tie: Tie): fc.Arbitrary<Expression>[] {
  const both = fc.tuple(tie('number'), tie('number'))
  const arithmetic: readonly (readonly [string, (a: bigint, b: bigint) => bigint])[] = [
    ['+', (a, b) => bigint(a + b)],
    ['-', (a, b) => bigint(a - b)],
    ['*', (a, b) => bigint(a * b)],
  ]
  return [
    fc
      .tuple(both, fc.constantFrom(...arithmetic))
      .map(([pair, [sign, meaning]]) => infix('number', sign, pair, meaning)),
    fc
      .tuple(both, fc.constantFrom('/', '%'))
      .map(([[a, b], sign]) =>
        strict('number', `(${a.sql} ${sign} NULLIF(${b.sql}, 0))`, [a, b], (x: bigint, y: bigint) =>
          y === 0n ? null : bigint(sign === '/' ? x / y : x % y),
        ),
      ),
    tie('text').map((a) =>
      strict('number', `CAST(CHAR_LENGTH(${a.sql}) AS BIGINT)`, [a], (text: string) => BigInt([...text].length)),
    ),
  ]
}

function texts(tie: Tie): fc.Arbitrary<Expression>[] {
  const part = fc.tuple(tie('text'), fc.integer({ min: 1, max: 4 }), fc.nat(3))
  return [
    tie('text').map((a) => strict('text', `UPPER(${a.sql})`, [a], (text: string) => text.toUpperCase())),
    tie('text').map((a) => strict('text', `TRIM(${a.sql})`, [a], (text: string) => text.replace(/^ +| +$/g, ''))),
    fc.tuple(tie('text'), tie('text')).map((pair) => infix('text', '||', pair, (x: string, y: string) => x + y)),
    part.map(([a, from, length]) =>
      strict('text', `SUBSTRING(${a.sql} FROM ${from} FOR ${length})`, [a], (text: string) =>
        [...text].slice(from - 1, from - 1 + length).join(''),
      ),
    ),
    tie('number').map((a) => strict('text', `CAST(${a.sql} AS STRING)`, [a], (value: bigint) => String(value))),
  ]
}

function booleans(tie: Tie): fc.Arbitrary<Expression>[] {
  const kinds = fc.constantFrom<Kind>('number', 'text', 'double', 'time', 'boolean')
  const pair = kinds.chain((kind) => fc.tuple(tie(kind), tie(kind)))
  const two = fc.tuple(tie('boolean'), tie('boolean'))
  const boolean = (sql: string, of: (row: Row) => Value): Expression => ({ sql, kind: 'boolean', of })
  return [
    fc
      .tuple(pair, fc.constantFrom(...COMPARISONS))
      .filter(([[a]]) => a.kind !== 'boolean')
      .map(([two, [sign, holds]]) => infix('boolean', sign, two, (x: Value, y: Value) => holds(compareValues(x, y)))),
    two.map(([a, b]) => boolean(`(${a.sql} AND ${b.sql})`, (row) => and(a.of(row), b.of(row)))),
    two.map(([a, b]) => boolean(`(${a.sql} OR ${b.sql})`, (row) => or(a.of(row), b.of(row)))),
    tie('boolean').map((a) => boolean(`(NOT ${a.sql})`, (row) => not(a.of(row)))),
    pair.map(([a]) => boolean(`(${a.sql} IS NULL)`, (row) => a.of(row) === null)),
    pair.map(([a]) => boolean(`(${a.sql} IS NOT NULL)`, (row) => a.of(row) !== null)),
    tie('boolean').map((a) => boolean(`(${a.sql} IS TRUE)`, (row) => a.of(row) === true)),
    tie('boolean').map((a) => boolean(`(${a.sql} IS NOT FALSE)`, (row) => a.of(row) !== false)),
    fc
      .tuple(tie('text'), fc.constantFrom(...PATTERNS), fc.boolean())
      .map(([a, pattern, negated]) =>
        strict(
          'boolean',
          `(${a.sql} ${negated ? 'NOT LIKE' : 'LIKE'} ${quoted(pattern)})`,
          [a],
          (text: string) => isLike(text, pattern) !== negated,
        ),
      ),
    listed('number', numberValue, tie),
    listed('text', textValue, tie),
    fc.tuple(tie('number'), tie('number'), tie('number')).map(([a, low, high]) =>
      boolean(`(${a.sql} BETWEEN ${low.sql} AND ${high.sql})`, (row) => {
        const [x, from, to] = [a.of(row), low.of(row), high.of(row)]
        const holds = (p: Value, q: Value) => (p === null || q === null ? null : compareValues(p, q) <= 0)
        return and(holds(from, x), holds(x, to))
      }),
    ),
  ]
}

function listed(kind: Kind, values: fc.Arbitrary<Value>, tie: Tie): fc.Arbitrary<Expression> {
  const list = fc.array(fc.option(values, { freq: 10 }), { minLength: 1, maxLength: 5 })
  return fc.tuple(tie(kind), list, fc.boolean()).map(([a, items, negated]): Expression => {
    const texts = items.map((item) => literal(kind, item).sql).join(', ')
    const of = (row: Row) => {
      const value = a.of(row)
      const found = items.map((item) => equal(value, item)).reduce(or, false)
      return negated ? not(found) : found
    }
    return { sql: `(${a.sql} ${negated ? 'NOT IN' : 'IN'} (${texts}))`, kind: 'boolean', of }
  })
}
