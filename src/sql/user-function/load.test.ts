import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { columnOf, type Value, valueAt } from '../../record/column.ts'
import { decimalText } from '../../record/decimal.ts'
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, INT, STRING, TIMESTAMP, type Type } from '../../record/type.ts'
import type { BoundCall, Expression } from '../expression/expression.ts'
import { column, literal, utc } from '../function/run.test-tool.ts'
import { loadFunctions } from './load.ts'

async function load(text: string, name = 'f.ts') {
  using temporary = temporaryFolder()
  const folder = temporary.path
  writeFileSync(join(folder, name), text)
  return await loadFunctions([name], folder)
}

const one = (call: string, takes = "'INT'", gives = 'INT', more = '') =>
  load(`export const f = { takes: [${takes}], gives: '${gives}', ${more} call: ${call} }`)

const problemOf = async (loading: Promise<unknown>): Promise<string> =>
  loading.then(
    () => 'none',
    ({ message, hint }) => `${message}. ${hint ?? ''}`,
  )

/** The value of each row, or why it failed. */
function run(call: BoundCall, ...columns: readonly (readonly [Type, readonly Value[]])[]) {
  const count = columns[0]?.[1].length ?? 1
  const made = columns.map(([type, values]) => columnOf(type, values))
  const result = call.open()(made, count)
  return Array.from({ length: count }, (_, row) => result.failures?.get(row) ?? valueAt(result, row, call.type))
}

async function bound(loading: ReturnType<typeof one>, ...operands: readonly Expression[]): Promise<BoundCall> {
  const call = (await loading).get('F')?.bind({ arguments: operands, keywords: [], session: utc })
  if (call === undefined) throw new Error('there is no function f')
  return call
}

describe('a file of functions', () => {
  test.each([
    ['it exports nothing', 'export const a = 1', 'it exports no function'],
    ['a name of SQL', "export const upper = { takes: [], gives: 'INT', call: () => 1 }", 'SQL has UPPER already'],
    ['an aggregate', "export const sum = { takes: [], gives: 'INT', call: () => 1 }", 'SQL has SUM already'],
    [
      'a function to come',
      "export const printf = { takes: [], gives: 'INT', call: () => 1 }",
      'SQL has PRINTF already',
    ],
    ['a reserved word', "export const user = { takes: [], gives: 'INT', call: () => 1 }", 'SQL has USER already'],
    [
      'a wrong type',
      "export const f = { takes: ['TEXT'], gives: 'INT', call: () => 1 }",
      'there is no type "TEXT" here',
    ],
    ['a type too wide', "export const f = { takes: [], gives: 'DECIMAL(99, 2)', call: () => 1 }", 'there is no type'],
    ['no types', "export const f = { gives: 'INT', call: () => 1 }", 'takes must be a list of types'],
    ['no call', "export const f = { takes: [], gives: 'INT' }", 'call must be a function'],
    ['async', "export const f = { takes: [], gives: 'INT', call: async () => 1 }", 'no async'],
    ['too many parameters', "export const f = { takes: [], gives: 'INT', call: (a) => 1 }", 'call has 1 parameters'],
    ['another file', "import { a } from './a.ts'\nexport const f = a", 'it imports ./a.ts'],
    ['all of another file', "export * from './a.ts'", 'it imports ./a.ts'],
    ['a package', "import 'left-pad'", 'it imports left-pad'],
    ['a late import', "const a = await import('./a.ts')", 'it calls import(…)'],
    ['an error in it', "throw new Error('no table')", 'no table'],
    [
      'the name twice',
      "const call = () => 1\nexport const f = { takes: [], gives: 'INT', call }, F = f",
      'F is a function twice',
    ],
  ])('is refused: %s', async (_, text, message) => {
    expect(await problemOf(load(text))).toContain(message)
  })

  test('is a file with a name as TypeScript has it', async () => {
    expect(await problemOf(loadFunctions(['https://example.com/f.ts'], '/'))).toContain('functions come from files')
    expect(await problemOf(loadFunctions(['f.py'], '/'))).toContain('ends in none of .ts, .mts, .js, .mjs')
    expect(await problemOf(loadFunctions(['none.ts'], '/'))).toContain('there is no file of functions none.ts')
  })

  test('may import modules of Node, and types', async () => {
    const text = `import { createHash } from 'node:crypto'
import type { A } from './a.ts'
// import './b.ts'
export const f = { takes: ['STRING'], gives: 'STRING', call: (a: string) => createHash('md5').update(a).digest('hex') }`
    const call = await bound(load(text), column(0, STRING))
    expect(run(call, [STRING, ['a']])).toEqual(['0cc175b9c0f1b6a831c399e269772661'])
  })

  test('has another digest once it is changed, and is loaded again', async () => {
    using temporary = temporaryFolder()
    const folder = temporary.path
    const loaded = async (text: string) => {
      writeFileSync(join(folder, 'f.ts'), text)
      const fn = (await loadFunctions(['f.ts'], folder)).get('F')
      return [fn?.code, fn && run(fn.bind({ arguments: [], keywords: [], session: utc }))] as const
    }
    const [first, second] = [
      await loaded("export const f = { takes: [], gives: 'INT', call: () => 1 }"),
      await loaded("export const f = { takes: [], gives: 'INT', call: () => 2 }"),
    ]
    expect([first[1], second[1]]).toEqual([[1], [2]])
    expect(first[0]).not.toBe(second[0])
  })
})

describe('a call', () => {
  test('wants arguments of its types, and takes narrower numbers', async () => {
    const bind = (takes: string, operand: Expression) => problemOf(bound(one('(a) => 1', takes), operand))
    expect(await bind("'INT'", column(0, STRING))).toBe('it wants INT, not STRING. Write CAST(… AS INT).')
    expect(await bind("'INT'", column(0, BIGINT))).toBe('it wants INT, not BIGINT. Write CAST(… AS INT).')
    expect(await bind("'DECIMAL(5, 2)'", column(0, INT))).toContain('it wants DECIMAL(5, 2), not INT')
    expect(await bind("'INT', 'INT'", column(0, INT))).toContain('it takes 2 arguments')
    expect(await bind("'INT'", literal(null, { kind: 'NULL' }))).toContain('CAST(NULL AS INT)')
    const widened = await bound(one('(a) => Number(a) / 2', "'BIGINT'", 'DOUBLE'), column(0, INT))
    expect(widened.arguments[0]?.type).toEqual(BIGINT)
  })

  test('gets the values of each type, and gives them', async () => {
    const types: readonly (readonly [string, Type, fc.Arbitrary<Value>])[] = [
      ['BOOLEAN', BOOLEAN, fc.boolean()],
      ['INT', INT, fc.integer()],
      ['BIGINT', BIGINT, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)],
      ['DOUBLE', DOUBLE, fc.double({ noNaN: true, noDefaultInfinity: true })],
      ['STRING', STRING, fc.string({ unit: 'grapheme' })],
      ['DATE', DATE, fc.integer({ min: -700_000, max: 2_900_000 })],
      ['TIMESTAMP(3)', TIMESTAMP, fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })],
      ['DECIMAL(10, 2)', decimal(10, 2), fc.bigInt(-9_999_999_999n, 9_999_999_999n)],
    ]
    for (const [name, type, values] of types) {
      const call = await bound(one('(a) => a', `'${name}'`, name), column(0, type))
      const seeing = await bound(
        one('(a) => (a === null ? null : a)', `'${name}'`, name, 'nulls: true,'),
        column(0, type),
      )
      const seen = await bound(one('(a) => String(a)', `'${name}'`, 'STRING', 'nulls: true,'), column(0, type))
      fc.assert(
        fc.property(fc.array(fc.option(values, { freq: 4 })), (rows) => {
          // A loop that sees no NULLs leaves such rows to its caller.
          const isThere = (_: unknown, row: number) => rows[row] !== null
          expect(run(call, [type, rows]).filter(isThere)).toEqual(rows.filter(isThere))
          expect(run(seeing, [type, rows])).toEqual(rows)
          const texts = rows.map((value) => {
            return value !== null && type.kind === 'DECIMAL' ? decimalText(value as bigint, 2) : String(value)
          })
          expect(run(seen, [type, rows])).toEqual(texts)
        }),
        { numRuns: 30 },
      )
    }
  })

  test.each([
    ['INT', '() => 1.5', 'it gave the number 1.5, not a value of INT'],
    ['INT', '() => 2 ** 31', 'it gave the number 2147483648, not a value of INT'],
    ['INT', '() => "1"', "it gave the string '1', not a value of INT"],
    ['INT', '() => undefined', 'it gave undefined, not a value of INT; null is NULL'],
    [
      'INT',
      '() => Promise.reject(new Error("x"))',
      'it gave a promise, not a value of INT: a function answers at once',
    ],
    ['BIGINT', '() => 2n ** 63n', 'it gave the bigint 9223372036854775808, not a value of BIGINT'],
    ['BIGINT', '() => 1', 'it gave the number 1, not a value of BIGINT'],
    ['DOUBLE', '() => NaN', 'it gave the number NaN, not a value of DOUBLE'],
    ['STRING', '() => ({})', 'it gave a value of type object, not a value of STRING'],
    ['STRING', '() => []', 'it gave an array, not a value of STRING'],
    ['STRING', '() => "x".repeat((16 << 20) + 1)', 'more than the limit of 16MiB'],
    ['DATE', '() => 1e9', 'it gave the number 1000000000, not a value of DATE'],
    ['TIMESTAMP(3)', '() => 0.5', 'it gave the number 0.5, not a value of TIMESTAMP(3)'],
    ['DECIMAL(4, 2)', '() => "1.234"', "it gave the string '1.234', not a value of DECIMAL(4, 2)"],
    ['DECIMAL(4, 2)', '() => "100"', "it gave the string '100', not a value of DECIMAL(4, 2)"],
    ['BOOLEAN', '() => { throw new Error("no\\nway") }', 'F: no way'],
    ['BOOLEAN', '() => { throw "" }', 'F: it threw an error without a message'],
  ])('of %s that does %s fails its row', async (gives, call, reason) => {
    const failing = await bound(one(`(a) => a === 1 ? (${call})() : null`, "'INT'", gives), column(0, INT))
    const [first, second, third] = run(failing, [INT, [0, 1, 0]])
    expect(second).toContain(reason)
    expect([first, third]).toEqual([null, null])
  })
})
