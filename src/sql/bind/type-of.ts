/**
 * TYPEOF: the type as Flink writes it, which also says how long a text is and whether a value may be NULL. Types here say
 * neither, so it is answered for what shows both: literals, casts, arithmetic, and arrays, maps and rows of them.
 */
import { isByteRange, isNumeric, STRING, type Type, typeName } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import { literal } from '../expression/fold.ts'
import type { ExpressionSyntax, SyntaxOf, TextRange } from '../syntax/ast.ts'
import { refuse, type Scope } from './statement.ts'

/** TYPEOF of the operand, which is written as `node`. */
export function bindTypeOf(
  operand: Expression,
  node: ExpressionSyntax,
  range: TextRange,
  { statement }: Scope,
): Expression {
  const text = typeText(node, operand.type)
  if (text !== undefined) return literal(text, STRING)
  const hint = `its type is ${typeName(operand.type)}`
  return refuse(statement, range, 'TYPEOF of more than literals, CAST and arithmetic is not supported', hint)
}

function typeText(node: ExpressionSyntax, type: Type): string | undefined {
  if (type.kind === 'NULL') return 'NULL'
  const isNullable = mayBeNull(node)
  const base = baseText(node, type)
  return isNullable === undefined || base === undefined ? undefined : base + (isNullable ? '' : ' NOT NULL')
}

/** Whether Flink takes a value to be NULL sometimes; undefined where that does not follow from how it is written. */
function mayBeNull(node: ExpressionSyntax): boolean | undefined {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'bytes':
    case 'boolean':
    case 'datetime':
    case 'construct':
      return false
    case 'null':
      return true
    case 'unary':
      return mayBeNull(node.operand)
    case 'binary': {
      const [left, right] = [mayBeNull(node.left), mayBeNull(node.right)]
      return left === undefined || right === undefined ? undefined : left || right
    }
    case 'cast':
      return node.try || mayBeNull(node.operand)
    default:
      return undefined
  }
}

/** The type alone; undefined where a text or a time could have one of several. */
function baseText(node: ExpressionSyntax, type: Type): string | undefined {
  if (node.kind === 'construct') return constructed(node, type)
  if (node.kind === 'cast' && isByteRange(type)) {
    const { name, parameters } = node.type
    return parameters.length === 0 ? name : `${name}(${parameters.join(', ')})`
  }
  if (node.kind === 'bytes') return `BINARY(${node.value.length})`
  if (node.kind === 'string') return `CHAR(${node.value.length})`
  if (node.kind === 'datetime') return typeName(type)
  const isPlain = isNumeric(type) || type.kind === 'BOOLEAN' || type.kind === 'DATE' || type.kind === 'TIME'
  return isPlain || node.kind === 'cast' ? typeName(type) : undefined
}

function constructed({ items }: SyntaxOf<'construct'>, type: Type): string | undefined {
  if (type.kind === 'ARRAY') {
    const element = sharedText(items, type.element)
    return element && `ARRAY<${element}>`
  }
  if (type.kind === 'MAP') {
    const [keys, values] = [0, 1].map((part) => items.filter((_, index) => index % 2 === part))
    const [key, value] = [sharedText(keys ?? [], type.key), sharedText(values ?? [], type.value)]
    return key && value && `MAP<${key}, ${value}>`
  }
  if (type.kind !== 'ROW') return undefined
  const fields = type.fields.map((field, index) => {
    const item = items[index]
    const text = item && typeText(item, field.type)
    return text && `\`${field.name}\` ${text}`
  })
  return fields.includes(undefined) ? undefined : `ROW<${fields.join(', ')}>`
}

/** The type of items that share one. */
function sharedText(items: readonly ExpressionSyntax[], type: Type): string | undefined {
  const isNullable = items.map(mayBeNull)
  if (isNullable.includes(undefined)) return undefined
  const written = items.filter(({ kind }) => kind !== 'null')
  const lengths = written.map((item) => (item.kind === 'string' ? item.value.length : -1))
  const texts = new Set(written.map((item) => baseText(item, type)))
  const [first] = texts
  const base = lengths.includes(-1) ? (texts.size === 1 ? first : undefined) : `CHAR(${Math.max(...lengths)})`
  return base && base + (isNullable.includes(true) ? '' : ' NOT NULL')
}
