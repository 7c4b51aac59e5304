/**
 * Binds calls of aggregates: their arguments, what else they are told, and the type of the result. An aggregate of the plan has one
 * argument; several are the fields of a ROW.
 */
import { assert } from '../../base/assert.ts'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  DOUBLE,
  decimal,
  isInteger,
  isNested,
  isNumeric,
  multisetOf,
  STRING,
  shortTypeName,
  type Type,
  typeName,
} from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import type { AggregateCall, AggregateName, AggregateSettings } from '../plan/aggregate.ts'
import type { ExpressionSyntax, SyntaxOf } from '../syntax/ast.ts'
import { AGGREGATES } from './aggregates.ts'
import { bindCall, castExpression } from './call.ts'
import { bindCondition, bindExpression } from './expression.ts'
import { expectKey } from './keys.ts'
import { refuse, type Scope, writtenText } from './statement.ts'

/** What the plan computes of an aggregate. */
type Computed = { readonly value: Expression | undefined; readonly type: Type; readonly settings?: AggregateSettings }

type Parts = {
  readonly node: SyntaxOf<'call'>
  readonly name: string
  readonly operands: readonly Expression[]
  readonly scope: Scope
}

/** How it is written, and the number of its arguments. */
type Form = { readonly usage: string; readonly least: number; readonly most: number; bind(parts: Parts): Computed }

/** An aggregate over the rows of a scope; `input` gives the index of an expression over them. */
export function bindAggregate(
  node: SyntaxOf<'call'>,
  rows: Scope,
  input: (expression: Expression, name: string) => number,
): AggregateCall {
  const { statement } = rows
  const name = node.name.name.toUpperCase()
  const called = AGGREGATES.get(name)
  assert(called !== undefined, 'an aggregate is one of those that are listed')
  const inside: Scope = { ...rows, clause: `the inside of ${name}` }
  const form = FORMS[called] ?? ofOne(called, name)
  checkCount(node, form, rows)
  const operands = node.arguments.map((argument) => bindExpression(argument, inside))
  const { value, type, settings } = form.bind({ node, name, operands, scope: inside })
  if (node.distinct && value !== undefined) expectKey(value.type, 'DISTINCT', node.range, statement)
  const filter =
    node.filter === undefined
      ? undefined
      : bindCondition(node.filter, 'FILTER (WHERE …)', { ...inside, clause: 'FILTER' })
  const written = node.arguments.map(({ range }) => writtenText(statement, range)).join(', ')
  const call: AggregateCall = {
    function: called,
    distinct: node.distinct,
    argument: value && input(value, written),
    filter: filter && node.filter && input(filter, writtenText(statement, node.filter.range)),
    field: { name: writtenText(statement, node.range), type },
  }
  return settings === undefined ? call : { ...call, settings }
}

function checkCount(node: SyntaxOf<'call'>, { usage, least, most }: Form, { statement }: Scope): void {
  const name = node.name.name.toUpperCase()
  const { length } = node.arguments
  const isStar = node.star && name === 'COUNT'
  if (!isStar && (length < least || length > most || node.star)) {
    const wanted = most === 1 ? 'one argument' : least === most ? `${most} arguments` : `${least} to ${most} arguments`
    refuse(statement, node.range, `${name} wants ${wanted}`, `write ${usage}`)
  }
}

/** An aggregate of one argument; COUNT may have none. */
function ofOne(called: AggregateName, name: string): Form {
  const usage = called === 'COUNT' ? 'COUNT(*), COUNT(x), COUNT(DISTINCT x) or COUNT(DISTINCT (x, y))' : `${name}(x)`
  return {
    usage,
    least: 1,
    most: 1,
    bind(parts) {
      const [value] = parts.operands
      if (value === undefined) return { value, type: BIGINT }
      return { value, type: resultType(called, value.type, parts) }
    },
  }
}

const FORMS: Readonly<Partial<Record<AggregateName, Form>>> = {
  LISTAGG: { usage: "LISTAGG(x, ', ')", least: 1, most: 2, bind: bindListAgg },
  ARRAY_AGG: { usage: 'ARRAY_AGG(x), or ARRAY_AGG(x IGNORE NULLS)', least: 1, most: 1, bind: bindArrayAgg },
  PERCENTILE: {
    usage: 'PERCENTILE(x, 0.9), or PERCENTILE(x, ARRAY[0.5, 0.9])',
    least: 2,
    most: 3,
    bind: bindPercentile,
  },
  JSON_OBJECTAGG: { usage: 'JSON_OBJECTAGG(KEY name VALUE x)', least: 2, most: 2, bind: bindJsonObjectAgg },
  JSON_ARRAYAGG: { usage: 'JSON_ARRAYAGG(x)', least: 1, most: 1, bind: bindJsonArrayAgg },
}

function bindListAgg({ node, name, operands, scope }: Parts): Computed {
  const [value, separator] = operands
  const [argument, written] = node.arguments as readonly [ExpressionSyntax, ExpressionSyntax | undefined]
  if (value?.type.kind !== 'STRING') return refuseType(argument, value, 'a text', name, scope)
  if (separator === undefined) return { value, type: STRING, settings: { kind: 'separator', text: ',' } }
  if (separator.kind !== 'literal' || typeof separator.value !== 'string') {
    const at = written ?? argument
    return refuse(
      scope.statement,
      at.range,
      'the separator of LISTAGG must be a constant text',
      "write LISTAGG(x, ', ')",
    )
  }
  return { value, type: STRING, settings: { kind: 'separator', text: separator.value } }
}

/** Where NULLs count and each value does once, the value is put into a ROW, which is not NULL itself. */
function bindArrayAgg({ node, name, operands, scope }: Parts): Computed {
  const [value] = operands as readonly [Expression]
  const [argument] = node.arguments as readonly [ExpressionSyntax]
  if (value.type.kind === 'NULL') return refuseType(argument, value, 'a value with a type', name, scope)
  const kept = !node.keywords.includes('IGNORE NULLS')
  const inRow = kept && node.distinct
  if (inRow) expectKey(value.type, 'DISTINCT', node.range, scope.statement)
  return {
    value: inRow ? bindCall({ name: 'ROW', operands }, node.range, scope) : value,
    type: arrayOf(value.type),
    settings: inRow ? { kind: 'nulls', kept, inRow } : { kind: 'nulls', kept },
  }
}

function bindPercentile({ node, name, operands, scope }: Parts): Computed {
  const { statement } = scope
  const [value, share, frequency] = operands as readonly [Expression, Expression, Expression | undefined]
  const [argument, shareNode, frequencyNode] = node.arguments as readonly ExpressionSyntax[] as readonly [
    ExpressionSyntax,
    ExpressionSyntax,
    ExpressionSyntax | undefined,
  ]
  if (!isNumeric(value.type)) return refuseType(argument, value, 'a number', name, scope)
  const list = share.type.kind === 'ARRAY'
  const one = share.type.kind === 'ARRAY' ? share.type.element : share.type
  const constant = isNumeric(one)
    ? castExpression(share, { type: list ? arrayOf(DOUBLE) : DOUBLE }, shareNode.range, scope)
    : undefined
  const shares = constant?.kind === 'literal' ? [constant.value].flat() : undefined
  if (shares === undefined || !shares.every((each) => typeof each === 'number' && each >= 0 && each <= 1)) {
    const hint = 'write 0.9, or ARRAY[0.5, 0.9]'
    return refuse(statement, shareNode.range, 'the share of PERCENTILE must be a constant from 0 to 1', hint)
  }
  if (frequency !== undefined && !isInteger(frequency.type)) {
    return refuseType(frequencyNode ?? argument, frequency, 'an integer as its frequency', name, scope)
  }
  const number = value.type.kind === 'DECIMAL' ? castExpression(value, { type: DOUBLE }, argument.range, scope) : value
  const weighted = frequency !== undefined
  return {
    value: weighted ? bindCall({ name: 'ROW', operands: [number, frequency] }, node.range, scope) : number,
    type: list ? arrayOf(DOUBLE) : DOUBLE,
    settings: { kind: 'shares', shares: shares as number[], list, weighted },
  }
}

function bindJsonObjectAgg({ node, name, operands, scope }: Parts): Computed {
  const [key, value] = operands as readonly [Expression, Expression]
  const [written] = node.arguments as readonly [ExpressionSyntax]
  if (key.type.kind !== 'STRING') return refuseType(written, key, 'a text as its name', name, scope)
  const json = bindCall({ name: 'JSON_STRING', operands: [value] }, node.range, scope)
  return {
    value: bindCall({ name: 'ROW', operands: [key, json] }, node.range, scope),
    type: STRING,
    settings: { kind: 'nulls', kept: !node.keywords.includes('ABSENT ON NULL') },
  }
}

function bindJsonArrayAgg({ node, operands, scope }: Parts): Computed {
  return {
    value: bindCall({ name: 'JSON_STRING', operands }, node.range, scope),
    type: STRING,
    settings: { kind: 'nulls', kept: node.keywords.includes('NULL ON NULL') },
  }
}

function refuseType(
  node: ExpressionSyntax,
  value: Expression | undefined,
  wanted: string,
  ...[name, { statement }]: [string, Scope]
): never {
  const type = value === undefined || value.type.kind === 'NULL' ? 'a bare NULL' : shortTypeName(value.type)
  const target = wanted.startsWith('a text') ? 'STRING' : wanted.startsWith('an integer') ? 'BIGINT' : 'DOUBLE'
  const hint = value !== undefined && isNested(value.type) ? 'take a value in it' : `write CAST(… AS ${target})`
  return refuse(statement, node.range, `${name} wants ${wanted}, not ${type}`, hint)
}

/** Types whose values APPROX_COUNT_DISTINCT takes, as in Flink. */
const HASHED = 'TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL STRING DATE TIME TIMESTAMP TIMESTAMP_LTZ'.split(' ')

/** As in Flink: a SUM has the type of its argument, and wraps round; an AVG or STDDEV of integers is an integer. */
function resultType(name: AggregateName, type: Type, { node, name: written, scope }: Parts): Type {
  const fail = (what: string, hint?: string): never => refuse(scope.statement, node.range, `${written} ${what}`, hint)
  if (type.kind === 'NULL') return fail('of a bare NULL has no type', 'write CAST(NULL AS INT), or the type you mean')
  const inside = 'take an element or a field of it'
  switch (name) {
    case 'COUNT':
      return BIGINT
    case 'MIN':
    case 'MAX':
      if (type.kind === 'BYTES') return fail('has no order for BYTES, as in Flink', 'CAST them to STRING')
      return isNested(type) ? fail(`has no order for ${shortTypeName(type)}`, inside) : type
    case 'FIRST_VALUE':
    case 'LAST_VALUE':
      if (type.kind === 'BYTES') return fail('takes no BYTES, as in Flink', 'CAST them to STRING')
      return isNested(type) ? fail(`takes no ${shortTypeName(type)}`, inside) : type
    case 'COLLECT':
      return multisetOf(type)
    case 'APPROX_COUNT_DISTINCT':
      return HASHED.includes(type.kind) ? BIGINT : fail(`takes no ${shortTypeName(type)}`, 'write COUNT(DISTINCT x)')
    case 'SUM':
    case 'AVG':
    case 'STDDEV_POP':
    case 'STDDEV_SAMP':
    case 'VAR_POP':
    case 'VAR_SAMP':
      if (!isNumeric(type)) {
        const hint = type.kind === BOOLEAN.kind ? 'write COUNT(*) FILTER (WHERE …)' : 'CAST it to a number first'
        return fail(`wants a number, not ${typeName(type)}`, hint)
      }
      if (type.kind !== 'DECIMAL') return type
      return decimal(38, name === 'SUM' ? type.scale : Math.max(6, type.scale))
    default:
      assert(false, `${name} is bound by its own form`)
      return type
  }
}
