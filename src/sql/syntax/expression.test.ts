import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExpressionSyntax } from './ast.ts'
import { parseQuery } from './parse.ts'
import { type Parentheses, printExpression, withoutRanges } from './print-syntax.test-tool.ts'

type Node = ExpressionSyntax

const range = { start: 0, end: 0 }
const int = { name: 'INT', parameters: [], range }
const name = fc
  .constantFrom('a', 'b', 'z', 'method', 'two words', 'tick`', 'SELECT')
  .map((text) => ({ name: text, range }))
const list = (node: fc.Arbitrary<Node>) => fc.array(node, { minLength: 1, maxLength: 3 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const record = <K extends Node['kind']>(kind: K, rest: object) =>
  fc.record({ kind: fc.constant(kind), ...rest, range: fc.constant(range) }) as unknown as fc.Arbitrary<Node>

const leaf = fc.oneof(
  record('column', { path: fc.array(name, { minLength: 1, maxLength: 3 }) }),
  record('number', { text: fc.constantFrom('0', '12', '1.50', '.5', '1e3', '2.E-4') }),
  record('string', { value: fc.string() }),
  record('boolean', { value: fc.boolean() }),
  record('null', {}),
  record('datetime', { type: fc.constantFrom('DATE', 'TIME', 'TIMESTAMP'), text: fc.string() }),
  record('interval', {
    text: fc.constantFrom('5', '1 02:03', '1-2'),
    negative: fc.boolean(),
    from: fc.constantFrom('DAY'),
    to: maybe(fc.constantFrom('HOUR', 'SECOND')),
    precision: maybe(fc.nat(9)),
  }),
)

const call = (operand: fc.Arbitrary<Node>, names: readonly string[], shape: object) => {
  const plain = {
    keywords: [],
    arguments: [],
    distinct: false,
    star: false,
    bare: false,
    filter: undefined,
    over: undefined,
  }
  const constants = Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, fc.constant(value)]))
  const named = fc.constantFrom(...names).map((text) => ({ name: text, range }))
  return record('call', { ...constants, name: named, arguments: list(operand), ...shape })
}

const orderItem = (operand: fc.Arbitrary<Node>) =>
  fc.record({
    expression: operand,
    descending: fc.boolean(),
    nulls: maybe(fc.constantFrom('first', 'last')),
    range: fc.constant(range),
  })

const frame = (operand: fc.Arbitrary<Node>) => {
  const bound = fc
    .record({ side: fc.constantFrom('CURRENT', 'PRECEDING', 'FOLLOWING'), offset: maybe(operand) })
    .map(({ side, offset }) => ({ side, offset: side === 'CURRENT' ? undefined : offset, range }))
  return fc.record({ unit: fc.constantFrom('ROWS', 'RANGE'), from: bound, to: bound, range: fc.constant(range) })
}

const calls = (operand: fc.Arbitrary<Node>) =>
  fc.oneof(
    call(operand, ['UPPER', 'f', 'SUM', 'SUBSTRING'], { arguments: fc.array(operand, { minLength: 1, maxLength: 3 }) }),
    call(operand, ['COUNT'], { distinct: fc.boolean(), arguments: fc.tuple(operand), filter: maybe(operand) }),
    call(operand, ['COUNT'], { star: fc.constant(true), arguments: fc.constant([]), filter: maybe(operand) }),
    call(operand, ['EXTRACT', 'FLOOR'], { keywords: fc.constantFrom(['DAY'], ['HOUR']), arguments: fc.tuple(operand) }),
    call(operand, ['TRIM'], {
      keywords: fc.constantFrom(['BOTH'], ['LEADING']),
      arguments: fc.array(operand, { minLength: 1, maxLength: 2 }),
    }),
    call(operand, ['POSITION'], { arguments: fc.tuple(operand, operand) }),
    call(operand, ['TIMESTAMPADD'], { keywords: fc.constant(['MINUTE']), arguments: fc.tuple(operand, operand) }),
    call(operand, ['CURRENT_DATE'], { bare: fc.constant(true), arguments: fc.constant([]) }),
    call(operand, ['ROW_NUMBER'], {
      arguments: fc.constant([]),
      over: fc.record({
        partitionBy: fc.array(operand, { maxLength: 2 }),
        orderBy: fc.array(orderItem(operand), { maxLength: 2 }),
        frame: maybe(frame(operand)),
        window: fc.constant(undefined),
        range: fc.constant(range),
      }),
    }),
  )

const binary = ['+', '-', '*', '/', '%', '||', '=', '<>', '<', '<=', '>', '>=', 'AND', 'OR'] as const
const not = fc.boolean()

const { expression } = fc.letrec<{ expression: Node }>((tie) => {
  const operand = tie('expression')
  const branch = (many: boolean) => fc.record({ when: many ? list(operand) : fc.tuple(operand), then: operand })
  const branches = (many: boolean) => fc.array(branch(many), { minLength: 1, maxLength: 2 })
  return {
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      record('binary', { operator: fc.constantFrom(...binary), left: operand, right: operand }),
      record('unary', { operator: fc.constantFrom('-', '+', 'NOT'), operand }),
      record('is', {
        operand,
        not,
        test: fc.oneof(fc.constantFrom('NULL', 'TRUE', 'UNKNOWN'), fc.record({ distinctFrom: operand })),
      }),
      record('between', { operand, not, symmetric: fc.boolean(), low: operand, high: operand }),
      record('in', { operand, not, list: list(operand) }),
      record('like', {
        operator: fc.constantFrom('LIKE', 'SIMILAR TO'),
        operand,
        not,
        pattern: operand,
        escape: maybe(leaf),
      }),
      record('case', { operand: fc.constant(undefined), branches: branches(false), otherwise: maybe(operand) }),
      record('case', { operand, branches: branches(true), otherwise: maybe(operand) }),
      record('cast', {
        operand,
        type: fc.constantFrom(
          int,
          { name: 'DECIMAL', parameters: [10, 2], range },
          { name: 'ARRAY', parameters: [], inside: [{ type: int }], range },
          { name: 'ROW', parameters: [], inside: [{ name: 'two words', type: int }], range },
        ),
        try: fc.boolean(),
      }),
      record('element', { operand, index: operand }),
      record('field', { operand: operand.filter(({ kind }) => kind !== 'column' && kind !== 'number'), field: name }),
      record('construct', { type: fc.constantFrom('ARRAY', 'MAP', 'ROW'), items: list(operand) }),
      calls(operand),
    ),
  }
})

test.each<Parentheses>(['all', 'needed'])(
  'an expression printed with %s parentheses reads as the same tree',
  (parentheses) => {
    fc.assert(
      fc.property(expression, (tree) => {
        const sql = `SELECT ${printExpression(tree, parentheses)}`
        const { body } = parseQuery(sql)
        const read = body.kind === 'select' ? body.items[0]?.expression : undefined
        expect(withoutRanges(read)).toEqual(withoutRanges(tree))
      }),
      { numRuns: 1_000 },
    )
  },
)
