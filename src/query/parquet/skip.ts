/**
 * Which row groups a condition leaves out, by what the file says of their values: a group none of whose rows can meet the
 * condition is not read.
 *
 * Rows that are not read make no dead letters either. So a condition counts only if none before it can fail.
 */
import type { Expression } from '../../sql/expression/expression.ts'

/** A value as `ValueBounds` have it. */
type Known = number | Uint8Array
type Range = { readonly least: Known | undefined; readonly greatest: Known | undefined }

/** What is known of a column, by its index in the conditions; undefined: nothing. */
export type RangeOf = (column: number) => Range | undefined

/** Calls of these cannot fail, whatever their arguments are. */
const NEVER_FAILS = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'IS NULL',
  'IS NOT NULL',
  'IN',
  'NOT IN',
  'LIKE',
  'NOT LIKE',
  'NOT',
])
/** For the sides of a comparison in the other order. */
const MIRRORED: { readonly [name: string]: string } = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** Whether no row within these ranges meets all conditions. */
export function excludes(conditions: readonly Expression[], rangeOf: RangeOf): boolean {
  for (const condition of conditions) {
    if (isNever(condition, rangeOf)) return true
    if (!cannotFail(condition)) return false
  }
  return false
}

function isNever(condition: Expression, rangeOf: RangeOf): boolean {
  switch (condition.kind) {
    case 'and':
      return excludes(condition.operands, rangeOf)
    case 'or':
      return condition.operands.every((operand) => isNever(operand, rangeOf))
    case 'call': {
      const [left, right] = condition.call.arguments
      if (left === undefined || right === undefined) return false
      if (right.kind === 'literal') return isBeyond(condition.name, left, { value: right, rangeOf })
      const mirrored = MIRRORED[condition.name]
      return left.kind === 'literal' && mirrored !== undefined && isBeyond(mirrored, right, { value: left, rangeOf })
    }
    default:
      return false
  }
}

/** Whether `side NAME value` is true for no value of the side, a column. */
function isBeyond(
  name: string,
  side: Expression,
  { value, rangeOf }: { readonly value: Expression; readonly rangeOf: RangeOf },
): boolean {
  const column = widened(side)
  const known = knownOf(value)
  const range = column === undefined ? undefined : rangeOf(column)
  if (known === undefined || range === undefined || value.type.kind !== side.type.kind) return false
  if (name !== '=' && !isOrderedByBytes(known)) return false
  // Numbers on both sides are rounded: so that they are equal says nothing.
  const isAbove = range.least !== undefined && compare(known, range.least) < 0
  const isBelow = range.greatest !== undefined && compare(known, range.greatest) > 0
  switch (name) {
    case '=':
      return isAbove || isBelow
    case '<':
    case '<=':
      return isAbove
    case '>':
    case '>=':
      return isBelow
    default:
      return false
  }
}

/** The column of a bare column, or of an INT that is taken for a wider number. */
function widened(expression: Expression): number | undefined {
  if (expression.kind === 'column') return expression.column
  if (expression.kind !== 'call' || expression.name !== 'CAST') return undefined
  const [inner] = expression.call.arguments
  const isWider = inner?.type.kind === 'INT' && /^(BIGINT|DOUBLE)$/.test(expression.type.kind)
  return inner?.kind === 'column' && isWider ? inner.column : undefined
}

function knownOf(literal: Expression): Known | undefined {
  if (literal.kind !== 'literal') return undefined
  const { type, value } = literal
  switch (type.kind) {
    case 'DECIMAL':
      // A longer one would be rounded twice: it could then seem to be beyond a bound that it equals.
      return typeof value === 'bigint' && Number.isSafeInteger(Number(value))
        ? Number(value) / 10 ** type.scale
        : undefined
    case 'STRING':
      return typeof value === 'string' ? Buffer.from(value) : undefined
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'DOUBLE':
    case 'DATE':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const number = typeof value === 'bigint' ? Number(value) : value
      return typeof number === 'number' && !Number.isNaN(number) ? number : undefined
    }
    default:
      return undefined
  }
}

/** Below 0 where `a` is less. Values of different kinds are taken for equal. */
function compare(a: Known, b: Known): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) : 0
}

/**
 * Whether texts stand before and behind it as their bytes do. Bounds go by bytes, and comparisons in SQL by UTF-16 units, which
 * put characters of four bytes before those that begin with EE or EF.
 */
const isOrderedByBytes = (known: Known): boolean => typeof known === 'number' || known.every((byte) => byte < 0xee)

function cannotFail(expression: Expression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return true
    case 'and':
    case 'or':
    case 'coalesce':
      return expression.operands.every(cannotFail)
    case 'call':
      return (
        (NEVER_FAILS.has(expression.name) || widened(expression) !== undefined) &&
        expression.call.arguments.every(cannotFail)
      )
    case 'case':
      return false
  }
}
