/** Prints bound expressions as SQL, for people: implicit casts are written out, and columns have the names of their rows. */
import { unreachable } from '../../base/assert.ts'
import { DAY_MS, dateText, timestampText, timeText } from '../../base/calendar.ts'
import type { Duration } from '../../base/quantity.ts'
import type { Value } from '../../record/column.ts'
import { decimalText } from '../../record/decimal.ts'
import { shortestFloat } from '../../record/float.ts'
import { nanosText } from '../../record/nanos.ts'
import { type Field, fieldName, NULL, type Type, typeName } from '../../record/type.ts'
import type { Expression, ExpressionOf } from './expression.ts'

/** The expression as SQL; `fields` are those of the rows that it reads. */
export function printExpression(expression: Expression, fields: readonly Field[]): string {
  const print = (inner: Expression) => printExpression(inner, fields)
  switch (expression.kind) {
    case 'column':
      return fields[expression.column]?.name ?? expression.name
    case 'literal':
      return printLiteral(expression)
    case 'call':
      return printCall(expression, fields)
    case 'and':
    case 'or':
      return expression.operands
        .map((operand) => inParentheses(operand, fields))
        .join(` ${expression.kind.toUpperCase()} `)
    case 'case': {
      const branches = expression.branches.map(({ when, then }) => `WHEN ${print(when)} THEN ${print(then)} `)
      return `CASE ${branches.join('')}ELSE ${print(expression.otherwise)} END`
    }
    case 'coalesce':
      return `COALESCE(${expression.operands.map(print).join(', ')})`
    default:
      return unreachable(expression)
  }
}

/** Signs before one operand, by the names of their functions. */
const SIGNS: Readonly<Record<string, string>> = { NEGATE: '-', PLUS: '+', NOT: 'NOT ' }

function printCall(expression: ExpressionOf<'call'>, fields: readonly Field[]): string {
  const { name, keywords = [], type } = expression
  const operands = expression.call.arguments
  const [first, second] = operands
  const inside = (operand: Expression) => inParentheses(operand, fields)
  if ((name === 'CAST' || name === 'TRY_CAST') && first !== undefined) {
    return `${name}(${printExpression(first, fields)} AS ${typeName(type)})`
  }
  const nested = printNested(expression, fields)
  if (nested !== undefined) return nested
  if (name.startsWith('JSON_') && keywords.length > 0) return printJson(expression, fields)
  const sign = SIGNS[name]
  if (sign !== undefined && first !== undefined) return `${sign}${inside(first)}`
  if (isInfix(name) && first !== undefined) {
    if (second === undefined) return `${inside(first)} ${name}`
    if (name === 'IN')
      return `${inside(first)} IN (${operands
        .slice(1)
        .map((each) => printExpression(each, fields))
        .join(', ')})`
    const escaped = operands[2] === undefined ? '' : ` ESCAPE ${inside(operands[2])}`
    return `${inside(first)} ${name} ${inside(second)}${escaped}`
  }
  return `${name}(${[...keywords, ...operands.map((operand) => printExpression(operand, fields))].join(', ')})`
}

/** Values inside of others, and constructors of these; undefined for other calls. */
function printNested({ name, keywords, call }: ExpressionOf<'call'>, fields: readonly Field[]): string | undefined {
  const operands = call.arguments
  const print = (operand: Expression) => printExpression(operand, fields)
  const [first] = operands
  if (first === undefined) return undefined
  switch (name) {
    case '[ ]':
      return `${inParentheses(first, fields)}[${operands.slice(1).map(print).join()}]`
    case '.':
      return `${inParentheses(first, fields)}.${fieldName(keywords?.[0] ?? '')}`
    case 'ARRAY[ ]':
      return `ARRAY[${operands.map(print).join(', ')}]`
    case 'MAP[ ]': {
      const half = operands.length / 2
      const entries = operands.slice(0, half).flatMap((key, index) => [key, operands[half + index] as Expression])
      return `MAP[${entries.map(print).join(', ')}]`
    }
    default:
      return undefined
  }
}

/** A JSON function with its clauses; the values of DEFAULT are its last arguments. */
function printJson({ name, keywords = [], call }: ExpressionOf<'call'>, fields: readonly Field[]): string {
  const operands = call.arguments.map((operand) => printExpression(operand, fields))
  const defaults = keywords.filter((keyword) => keyword.startsWith('DEFAULT')).length
  const rest = operands.splice(operands.length - defaults)
  const clauses = keywords.map((keyword) => keyword.replace(/^DEFAULT/, (word) => `${word} ${rest.shift()}`))
  return `${name}(${[operands.join(', '), ...clauses].join(' ').trim()})`
}

const isInfix = (name: string): boolean =>
  (!/^\w+$/.test(name) && !/[.\]]$/.test(name)) || name === 'LIKE' || name === 'IN'

function inParentheses(operand: Expression, fields: readonly Field[]): string {
  const text = printExpression(operand, fields)
  const compound =
    operand.kind === 'and' ||
    operand.kind === 'or' ||
    (operand.kind === 'call' && (isInfix(operand.name) || SIGNS[operand.name] !== undefined)) ||
    // The name of an aggregate's column is its text: COUNT(*) + 1.
    (operand.kind === 'column' && / [-+*/%<>=|]/.test(text))
  return compound ? `(${text})` : text
}

function printLiteral({ value, type }: ExpressionOf<'literal'>): string {
  if (value === null) return type.kind === 'NULL' ? 'NULL' : `CAST(NULL AS ${typeName(type)})`
  switch (type.kind) {
    case 'STRING':
      return `'${String(value).replaceAll("'", "''")}'`
    case 'BYTES':
      return `X'${Buffer.from(String(value), 'latin1').toString('hex').toUpperCase()}'`
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE'
    case 'DATE':
      return `DATE '${dateText(Number(value))}'`
    case 'TIME':
      return `TIME '${timeText(Number(value))}'`
    case 'TIMESTAMP':
      return `TIMESTAMP '${timestampText(Number(value), ' ')}'`
    case 'TIMESTAMP_LTZ':
      return `${timestampText(Number(value))}Z`
    case 'FINE_TIMESTAMP':
      return type.zoned
        ? `${nanosText(BigInt(value as bigint), type.digits)}Z`
        : `TIMESTAMP '${nanosText(BigInt(value as bigint), type.digits, ' ')}'`
    case 'INTERVAL_DAY':
      return printInterval(Number(value))
    case 'INTERVAL_MONTH':
      return `INTERVAL '${value}' MONTH`
    case 'ARRAY':
      return `ARRAY[${printItems(value, type.element)}]`
    case 'MAP':
      return `MAP[${(value as readonly (readonly Value[])[])
        .map(([key, mapped]) => `${printValue(key, type.key)}, ${printValue(mapped, type.value)}`)
        .join(', ')}]`
    case 'ROW':
      return `ROW(${(value as readonly Value[]).map((each, i) => printValue(each, type.fields[i]?.type)).join(', ')})`
    case 'DECIMAL':
      return decimalText(BigInt(value as bigint), type.scale)
    case 'TINYINT':
    case 'SMALLINT':
      return `CAST(${value} AS ${type.kind})`
    case 'FLOAT':
      return `CAST(${shortestFloat(Number(value))} AS FLOAT)`
    case 'INT':
    case 'BIGINT':
    case 'DOUBLE':
    case 'NULL':
      return String(value)
    default:
      return unreachable(type)
  }
}

const printItems = (values: Value, element: Type): string =>
  (values as readonly Value[]).map((value) => printValue(value, element)).join(', ')

/** A value inside of another. */
const printValue = (value: Value = null, type: Type = NULL): string => printLiteral({ kind: 'literal', value, type })

/** The interval in the longest unit that divides it. */
export function printInterval(milliseconds: Duration): string {
  const units = [
    ['DAY', DAY_MS],
    ['HOUR', 3_600_000],
    ['MINUTE', 60_000],
  ] as const
  const [unit, length] = units.find(([, length]) => milliseconds !== 0 && milliseconds % length === 0) ?? [
    'SECOND',
    1000,
  ]
  return `INTERVAL '${milliseconds / length}' ${unit}`
}
