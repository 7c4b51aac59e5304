/**
 * Prints an expression as SQL that reads back as the same tree, with parentheses around every operator or only where the
 * tree would differ without them; and takes the ranges out of a tree, so that two trees can be compared.
 */
import { unreachable } from '../../base/assert.ts'
import type { ExpressionSyntax, FrameSyntax, Identifier, OrderItem, SyntaxOf, TypeSyntax } from './ast.ts'

export type Parentheses = 'all' | 'needed'

/** Prints the node as an operand of something that binds as tightly as `tightness`. */
type Print = (node: ExpressionSyntax, tightness?: number) => string

/** The expression as SQL. */
export function printExpression(expression: ExpressionSyntax, parentheses: Parentheses): string {
  const print: Print = (node, tightness = 0) => {
    const binding = bindingOf(node)
    const isEnclosed = binding < Infinity && (parentheses === 'all' || binding < tightness)
    return isEnclosed ? `(${printNode(node, print)})` : printNode(node, print)
  }
  return print(expression)
}

/** The tree without every `range`, at any depth. */
export function withoutRanges(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(withoutRanges)
  if (typeof tree !== 'object' || tree === null) return tree
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) => (key === 'range' ? [] : [[key, withoutRanges(value)]])),
  )
}

const bindings: Readonly<Record<string, number>> = { OR: 1, AND: 2, '+': 7, '-': 7, '*': 8, '/': 8, '%': 8, '||': 8 }

/** How tightly the operator binds, by a scale of this printer's own, so that an error of the parser is not repeated here. */
function bindingOf(node: ExpressionSyntax): number {
  switch (node.kind) {
    case 'unary':
      return node.operator === 'NOT' ? 3 : 9
    case 'binary':
      return bindings[node.operator] ?? 5
    case 'is':
      return typeof node.test === 'string' ? 4 : 5
    case 'between':
    case 'in':
    case 'like':
      return 6
    default:
      return Infinity
  }
}

function printNode(node: ExpressionSyntax, print: Print): string {
  const binding = bindingOf(node)
  const tighter = binding + 1
  const not = 'not' in node && node.not ? 'NOT ' : ''
  switch (node.kind) {
    case 'unary':
      return `${node.operator} ${print(node.operand, binding)}`
    case 'binary':
      return `${print(node.left, binding)} ${node.operator} ${print(node.right, tighter)}`
    case 'is': {
      const { test } = node
      const what = typeof test === 'string' ? test : `DISTINCT FROM ${print(test.distinctFrom, tighter)}`
      return `${print(node.operand, binding)} IS ${not}${what}`
    }
    case 'between': {
      const bounds = `${print(node.low, tighter)} AND ${print(node.high, tighter)}`
      return `${print(node.operand, binding)} ${not}BETWEEN ${node.symmetric ? 'SYMMETRIC ' : ''}${bounds}`
    }
    case 'in':
      if ('body' in node.list) throw new Error('queries are not printed')
      return `${print(node.operand, binding)} ${not}IN (${printList(node.list, print)})`
    case 'like': {
      const escaped = node.escape === undefined ? '' : ` ESCAPE ${print(node.escape, 9)}`
      return `${print(node.operand, binding)} ${not}${node.operator} ${print(node.pattern, tighter)}${escaped}`
    }
    case 'call':
      return printCall(node, print)
    case 'case': {
      const head = node.operand === undefined ? 'CASE' : `CASE ${print(node.operand)}`
      const cases = node.branches.map(({ when, then }) => `WHEN ${printList(when, print)} THEN ${print(then)}`)
      const tail = node.otherwise === undefined ? [] : [`ELSE ${print(node.otherwise)}`]
      return [head, ...cases, ...tail, 'END'].join(' ')
    }
    case 'cast':
      return `${node.try ? 'TRY_CAST' : 'CAST'}(${print(node.operand)} AS ${printType(node.type)})`
    case 'element':
      return `${print(node.operand, 10)}[${print(node.index)}]`
    case 'field':
      return `${print(node.operand, 10)}.${quoteName(node.field)}`
    case 'construct':
      return node.type === 'ROW'
        ? `ROW(${printList(node.items, print)})`
        : `${node.type}[${printList(node.items, print)}]`
    case 'scalar-query':
    case 'exists':
    case 'quantified':
      throw new Error('queries are not printed')
    default:
      return printLeaf(node)
  }
}

function printType({ name, parameters, inside }: TypeSyntax): string {
  if (inside === undefined) return parameters.length === 0 ? name : `${name}(${parameters.join(', ')})`
  const parts = inside.map((part) => {
    const field = part.name === undefined ? '' : `${quoteName({ name: part.name })} `
    return `${field}${printType(part.type)}`
  })
  return `${name}<${parts.join(', ')}>`
}

const printList = (nodes: readonly ExpressionSyntax[], print: Print): string =>
  nodes.map((node) => print(node)).join(', ')

function printCall(call: SyntaxOf<'call'>, print: Print): string {
  const { name, bare, star, filter, over } = call
  if (bare) return name.name
  const partition = over?.partitionBy.length ? [`PARTITION BY ${printList(over.partitionBy, print)}`] : []
  const order = over?.orderBy.length
    ? [`ORDER BY ${over.orderBy.map((item) => printOrderItem(item, print)).join(', ')}`]
    : []
  const window = [...partition, ...order, ...(over?.frame === undefined ? [] : [printFrame(over.frame, print)])]
  const trailing = [
    ...(filter === undefined ? [] : [`FILTER (WHERE ${print(filter)})`]),
    ...(over === undefined ? [] : [`OVER (${window.join(' ')})`]),
  ]
  return [`${name.name}(${star ? '*' : printArguments(call, print)})`, ...trailing].join(' ')
}

function printFrame({ unit, from, to }: FrameSyntax, print: Print): string {
  const [first, last] = [from, to].map(({ side, offset }) => {
    if (side === 'CURRENT') return 'CURRENT ROW'
    return `${offset === undefined ? 'UNBOUNDED' : print(offset, 7)} ${side}`
  })
  return `${unit} BETWEEN ${first} AND ${last}`
}

function printArguments({ name, keywords, arguments: values, distinct }: SyntaxOf<'call'>, print: Print): string {
  const [first, second] = values.map((value) => print(value))
  const all = printList(values, print)
  switch (name.name) {
    case 'EXTRACT':
      return `${keywords[0]} FROM ${first}`
    case 'TRIM':
      return second === undefined ? `${keywords[0]} FROM ${first}` : `${keywords[0]} ${first} FROM ${second}`
    case 'POSITION':
      return `(${first}) IN ${second}`
    case 'FLOOR':
      return keywords.length === 0 ? all : `(${first}) TO ${keywords[0]}`
    case 'TIMESTAMPADD':
      return `${keywords[0]}, ${all}`
    default:
      return `${distinct ? 'DISTINCT ' : ''}${all}`
  }
}

function printOrderItem({ expression, descending, nulls }: OrderItem, print: Print): string {
  const last = nulls === undefined ? '' : ` NULLS ${nulls.toUpperCase()}`
  return `${print(expression)}${descending ? ' DESC' : ''}${last}`
}

const quoteName = ({ name }: Pick<Identifier, 'name'>) =>
  /^[a-z]$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``
const quoteString = (text: string) => `'${text.replaceAll("'", "''")}'`

type Leaf = SyntaxOf<'column' | 'star' | 'null' | 'boolean' | 'number' | 'string' | 'bytes' | 'datetime' | 'interval'>

function printLeaf(node: Leaf): string {
  switch (node.kind) {
    case 'column':
      return node.path.map(quoteName).join('.')
    case 'star':
      return node.table === undefined ? '*' : `${quoteName(node.table)}.*`
    case 'null':
      return 'NULL'
    case 'boolean':
      return node.value ? 'TRUE' : 'FALSE'
    case 'number':
      return node.text
    case 'string':
      return quoteString(node.value)
    case 'bytes':
      return `X'${Buffer.from(node.value, 'latin1').toString('hex')}'`
    case 'datetime':
      return `${node.type} ${quoteString(node.text)}`
    case 'interval': {
      const { text, negative, from, to, precision } = node
      const digits = precision === undefined ? '' : `(${precision})`
      return `INTERVAL ${negative ? '-' : ''}${quoteString(text)} ${from}${digits}${to === undefined ? '' : ` TO ${to}`}`
    }
    default:
      return unreachable(node)
  }
}
