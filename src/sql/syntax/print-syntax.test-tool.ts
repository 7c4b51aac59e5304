/**
 * For tests: writes an expression as SQL that reads back as the same tree, with every operator in parentheses or only
 * where the tree would be another without; and takes the places out of a tree, so that two can be compared.
 */
import { unreachable } from '../../base/assert.ts'
import type { ExpressionSyntax, Identifier, OrderItem, OverSyntax } from './ast.ts'

export type Parentheses = 'all' | 'needed'

type Call = Extract<ExpressionSyntax, { kind: 'call' }>
type Interval = Extract<ExpressionSyntax, { kind: 'interval' }>
type Operation = Extract<ExpressionSyntax, { kind: 'unary' | 'binary' | 'is' | 'between' | 'in' | 'like' }>

export function printExpression(expression: ExpressionSyntax, parentheses: Parentheses): string {
  return new Printer(parentheses).at(expression, 0)
}

/** The tree with every `range` left out, at any depth. */
export function withoutRanges(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(withoutRanges)
  if (typeof tree !== 'object' || tree === null) return tree
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) => (key === 'range' ? [] : [[key, withoutRanges(value)]])),
  )
}

const bindings: Readonly<Record<string, number>> = { OR: 1, AND: 2, NOT: 3, IS: 4, '+': 7, '-': 7 }

/** How tightly the operator binds, by a scale of this printer's own: a parser that errs is not repeated here. */
function bindingOf(node: Operation): number {
  switch (node.kind) {
    case 'unary':
      return node.operator === 'NOT' ? 3 : 9
    case 'binary':
      if (node.operator === '*' || node.operator === '/' || node.operator === '%' || node.operator === '||') return 8
      return bindings[node.operator] ?? 5
    case 'is':
      return typeof node.test === 'string' ? 4 : 5
    case 'between':
    case 'in':
    case 'like':
      return 6
    default:
      return unreachable(node)
  }
}

class Printer {
  readonly #parentheses: Parentheses

  constructor(parentheses: Parentheses) {
    this.#parentheses = parentheses
  }

  /** The node as an operand of something that binds so tightly. */
  at(node: ExpressionSyntax, tightness: number): string {
    switch (node.kind) {
      case 'unary':
      case 'binary':
      case 'is':
      case 'between':
      case 'in':
      case 'like': {
        const binding = bindingOf(node)
        const text = this.#operation(node, binding)
        return this.#parentheses === 'all' || binding < tightness ? `(${text})` : text
      }
      case 'call':
        return this.#call(node)
      case 'case':
        return this.#case(node)
      case 'cast': {
        const { name, parameters } = node.type
        const type = parameters.length === 0 ? name : `${name}(${parameters.join(', ')})`
        return `${node.try ? 'TRY_CAST' : 'CAST'}(${this.at(node.operand, 0)} AS ${type})`
      }
      case 'scalar-query':
      case 'exists':
        throw new Error('queries are not printed')
      default:
        return printLeaf(node)
    }
  }

  #operation(node: Operation, binding: number): string {
    const tighter = binding + 1
    const not = 'not' in node && node.not ? 'NOT ' : ''
    switch (node.kind) {
      case 'unary':
        return `${node.operator} ${this.at(node.operand, binding)}`
      case 'binary':
        return `${this.at(node.left, binding)} ${node.operator} ${this.at(node.right, tighter)}`
      case 'is': {
        const { test } = node
        const what = typeof test === 'string' ? test : `DISTINCT FROM ${this.at(test.distinctFrom, tighter)}`
        return `${this.at(node.operand, binding)} IS ${not}${what}`
      }
      case 'between': {
        const bounds = `${this.at(node.low, tighter)} AND ${this.at(node.high, tighter)}`
        return `${this.at(node.operand, binding)} ${not}BETWEEN ${node.symmetric ? 'SYMMETRIC ' : ''}${bounds}`
      }
      case 'in': {
        if ('body' in node.list) throw new Error('queries are not printed')
        return `${this.at(node.operand, binding)} ${not}IN (${this.#list(node.list)})`
      }
      case 'like': {
        const escaped = node.escape === undefined ? '' : ` ESCAPE ${this.at(node.escape, 9)}`
        return `${this.at(node.operand, binding)} ${not}${node.operator} ${this.at(node.pattern, tighter)}${escaped}`
      }
      default:
        return unreachable(node)
    }
  }

  #list(nodes: readonly ExpressionSyntax[]): string {
    return nodes.map((node) => this.at(node, 0)).join(', ')
  }

  #case({ operand, branches, otherwise }: Extract<ExpressionSyntax, { kind: 'case' }>): string {
    const head = operand === undefined ? 'CASE' : `CASE ${this.at(operand, 0)}`
    const cases = branches.map(({ when, then }) => `WHEN ${this.#list(when)} THEN ${this.at(then, 0)}`)
    const tail = otherwise === undefined ? [] : [`ELSE ${this.at(otherwise, 0)}`]
    return [head, ...cases, ...tail, 'END'].join(' ')
  }

  #call(call: Call): string {
    if (call.bare) return call.name.name
    const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${this.at(call.filter, 0)})`
    const over = call.over === undefined ? '' : ` OVER (${this.#over(call.over)})`
    return `${call.name.name}(${call.star ? '*' : this.#arguments(call)})${filter}${over}`
  }

  #arguments({ name, keywords, arguments: values, distinct }: Call): string {
    const [first, second] = values.map((value) => this.at(value, 0))
    const all = this.#list(values)
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

  #over({ partitionBy, orderBy }: OverSyntax): string {
    const partition = partitionBy.length === 0 ? [] : [`PARTITION BY ${this.#list(partitionBy)}`]
    const order = orderBy.length === 0 ? [] : [`ORDER BY ${orderBy.map((item) => this.#orderItem(item)).join(', ')}`]
    return [...partition, ...order].join(' ')
  }

  #orderItem({ expression, descending, nulls }: OrderItem): string {
    const last = nulls === undefined ? '' : ` NULLS ${nulls.toUpperCase()}`
    return `${this.at(expression, 0)}${descending ? ' DESC' : ''}${last}`
  }
}

const quoteName = ({ name }: Identifier) => (/^[a-z]$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``)
const quoteString = (text: string) => `'${text.replaceAll("'", "''")}'`

function printLeaf(
  node: Extract<
    ExpressionSyntax,
    { kind: 'column' | 'star' | 'null' | 'boolean' | 'number' | 'string' | 'datetime' | 'interval' }
  >,
): string {
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
    case 'datetime':
      return `${node.type} ${quoteString(node.text)}`
    case 'interval':
      return printInterval(node)
    default:
      return unreachable(node)
  }
}

function printInterval({ text, negative, from, to, precision }: Interval): string {
  const digits = precision === undefined ? '' : `(${precision})`
  return `INTERVAL ${negative ? '-' : ''}${quoteString(text)} ${from}${digits}${to === undefined ? '' : ` TO ${to}`}`
}
