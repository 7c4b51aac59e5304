/**
 * The columns of a Parquet file, with the types that they have in SQL.
 *
 * Parquet has few physical types; what their values mean is said by a logical type, or by the older "converted" one. Nested
 * columns are trees, of which only the leaves have values, with two levels each: how much of the path to the value is there
 * (definition), and which list goes on (repetition). Source: parquet-format, LogicalTypes.md.
 */
import type { SchemaElement, SchemaTree } from 'hyparquet'
import { Failure } from '../../base/failure.ts'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INT,
  mapOf,
  rowOf,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
} from '../../record/type.ts'

/** How the values of a leaf become those of its type. */
export type Meaning =
  | 'boolean'
  | 'int'
  | 'uint32'
  | 'bigint'
  | 'uint64'
  | 'double'
  | 'half'
  | 'bytes'
  | 'uuid'
  | 'decimal'
  | 'int96'
  /** The same in thousandths and millionths of a millisecond; `clock` is a time of the day. */
  | { readonly per: 1 | 1_000 | 1_000_000; readonly clock: boolean }

export type Leaf = {
  readonly type: Type
  /** Which of the physical columns of a row group it is. */
  readonly index: number
  readonly element: SchemaElement
  readonly meaning: Meaning
  /** The definition level of a value that is there, and the greatest repetition level. */
  readonly maxDef: number
  readonly maxRep: number
}

/** A column, or a part of one. `def`: the definition level from which on it is not NULL. */
export type Node = { readonly type: Type; readonly def: number } & (
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'row'; readonly parts: readonly Node[] }
  /** `itemDef`: the level from which on there is an item; `rep`: the repetition level of the items after the first. */
  | { readonly kind: 'list'; readonly item: Node; readonly itemDef: number; readonly rep: number }
  | { readonly kind: 'map'; readonly key: Node; readonly value: Node; readonly itemDef: number; readonly rep: number }
)

export type ParquetColumn = { readonly name: string; readonly node: Node }

/** A column that is left out, and why: "is of type INTERVAL". */
export type UnreadColumn = { readonly name: string; readonly why: string }

/** Columns as deep as this are read. */
const MOST_DEPTH = 60

class Unread extends Error {}

/** The columns of a file. */
export function columnsOfSchema(root: SchemaTree): {
  readonly columns: readonly ParquetColumn[]
  readonly unread: readonly UnreadColumn[]
} {
  const columns: ParquetColumn[] = []
  const unread: UnreadColumn[] = []
  let leaves = 0
  for (const tree of root.children) {
    const { name } = tree.element
    if (typeof name !== 'string') throw new Failure('corrupt', 'damaged: a column has no name')
    try {
      if (columns.some((other) => other.name === name)) throw new Unread('is another one of the same name')
      columns.push({ name, node: nodeOf(tree, { def: 0, rep: 0, leaf: leaves, depth: 0 }) })
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unread.push({ name, why: error.message })
    }
    leaves += leavesIn(tree)
  }
  return { columns, unread }
}

/** The leaves of a node, from left to right. */
export function leavesOf(node: Node): readonly Leaf[] {
  switch (node.kind) {
    case 'leaf':
      return [node.leaf]
    case 'row':
      return node.parts.flatMap(leavesOf)
    case 'list':
      return leavesOf(node.item)
    case 'map':
      return [...leavesOf(node.key), ...leavesOf(node.value)]
  }
}

const leavesIn = ({ children }: SchemaTree): number =>
  children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesIn(child), 0)

/** Levels above a node, the number of leaves before it, and how deep it is. */
type Above = { readonly def: number; readonly rep: number; readonly leaf: number; readonly depth: number }

function nodeOf(tree: SchemaTree, above: Above): Node {
  const { element } = tree
  if (element.repetition_type !== 'REPEATED') return singleOf(tree, above)
  // A field that is repeated without a list around it is never NULL.
  const [itemDef, rep] = [above.def + 1, above.rep + 1]
  const item = singleOf(tree, { ...above, def: itemDef, rep })
  return { kind: 'list', type: arrayOf(item.type), def: above.def, item, itemDef, rep }
}

/** A node as if it were not repeated. */
function singleOf(tree: SchemaTree, above: Above): Node {
  const { element, children } = tree
  if (above.depth > MOST_DEPTH) throw new Unread('is nested too deep')
  const def = above.def + (element.repetition_type === 'OPTIONAL' ? 1 : 0)
  const here = { ...above, def, depth: above.depth + 1 }
  const [only] = children
  if (only === undefined) return leafOf(element, here)
  const logical = element.logical_type?.type
  const isSingle = children.length === 1 && only.element.repetition_type === 'REPEATED'
  if (isSingle && (logical === 'LIST' || element.converted_type === 'LIST')) return listOf(only, here)
  const isMap = logical === 'MAP' || /^MAP/.test(element.converted_type ?? '')
  if (isSingle && isMap && only.children.length === 2) return mapNode(only, here)
  return rowNode(children, here)
}

/** `repeated` is the group in a LIST: usually one that has the element in it, but of older writers the element itself. */
function listOf(repeated: SchemaTree, above: Above): Node {
  const { element, children } = repeated
  const [itemDef, rep] = [above.def + 1, above.rep + 1]
  const here = { ...above, def: itemDef, rep }
  const [inner] = children
  const isElement =
    children.length !== 1 || inner?.element.repetition_type === 'REPEATED' || /^array$|_tuple$/.test(element.name)
  const item = isElement || inner === undefined ? singleOf(repeated, here) : nodeOf(inner, here)
  return { kind: 'list', type: arrayOf(item.type), def: above.def, item, itemDef, rep }
}

function mapNode({ children }: SchemaTree, above: Above): Node {
  const [itemDef, rep] = [above.def + 1, above.rep + 1]
  const [first, second] = children as [SchemaTree, SchemaTree]
  const here = { ...above, def: itemDef, rep }
  const key = nodeOf(first, here)
  const value = nodeOf(second, { ...here, leaf: above.leaf + leavesIn(first) })
  return { kind: 'map', type: mapOf(key.type, value.type), def: above.def, key, value, itemDef, rep }
}

function rowNode(children: readonly SchemaTree[], above: Above): Node {
  let { leaf } = above
  const parts = children.map((child) => {
    const part = nodeOf(child, { ...above, leaf })
    leaf += leavesIn(child)
    return part
  })
  const type = rowOf(parts.map((part, index) => ({ name: children[index]?.element.name ?? '', type: part.type })))
  return { kind: 'row', type, def: above.def, parts }
}

function leafOf(element: SchemaElement, { def, rep, leaf: index }: Above): Node {
  const { type, meaning } = meaningOf(element)
  return { kind: 'leaf', type, def, leaf: { type, index, element, meaning, maxDef: def, maxRep: rep } }
}

type Meant = { readonly type: Type; readonly meaning: Meaning }

function meaningOf(element: SchemaElement): Meant {
  const { type, converted_type: converted, logical_type: logical } = element
  if (logical?.type === 'INTERVAL' || converted === 'INTERVAL') throw new Unread('is an INTERVAL')
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL') return decimalOf(element)
  switch (type) {
    case 'BOOLEAN':
      return { type: BOOLEAN, meaning: 'boolean' }
    case 'INT32':
      return int32Of(element)
    case 'INT64':
      return int64Of(element)
    case 'INT96':
      return { type: TIMESTAMP, meaning: 'int96' }
    case 'FLOAT':
    case 'DOUBLE':
      return { type: DOUBLE, meaning: 'double' }
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical?.type === 'FLOAT16') return { type: DOUBLE, meaning: 'half' }
      return { type: STRING, meaning: logical?.type === 'UUID' ? 'uuid' : 'bytes' }
    case 'BYTE_ARRAY':
      return { type: STRING, meaning: 'bytes' }
    default:
      throw new Unread('has no type')
  }
}

/** The most digits of a DECIMAL. */
const MOST_DIGITS = 38

function decimalOf({ precision, scale, logical_type: logical }: SchemaElement): Meant {
  const { precision: digits = 0, scale: behind = 0 } =
    logical?.type === 'DECIMAL' ? logical : { precision: precision ?? 0, scale: scale ?? 0 }
  if (digits < 1 || digits > MOST_DIGITS || behind < 0 || behind > digits) {
    throw new Unread(`is DECIMAL(${digits}, ${behind}), and a DECIMAL has ${MOST_DIGITS} digits at most`)
  }
  return { type: decimal(digits, behind), meaning: 'decimal' }
}

function int32Of({ converted_type: converted, logical_type: logical }: SchemaElement): Meant {
  if (logical?.type === 'DATE' || converted === 'DATE') return { type: DATE, meaning: 'int' }
  if (logical?.type === 'TIME' || converted === 'TIME_MILLIS') return { type: TIME, meaning: { per: 1, clock: true } }
  const isWide = logical?.type === 'INTEGER' && !logical.isSigned && logical.bitWidth === 32
  return isWide || converted === 'UINT_32' ? { type: BIGINT, meaning: 'uint32' } : { type: INT, meaning: 'int' }
}

const PER_MS = { MILLIS: 1, MICROS: 1_000, NANOS: 1_000_000 } as const

function int64Of({ converted_type: converted, logical_type: logical }: SchemaElement): Meant {
  if (logical?.type === 'TIMESTAMP') {
    // Of two programs that say of the same clock whether it is UTC, the zone is in the newer type alone.
    const type = logical.isAdjustedToUTC ? TIMESTAMP_LTZ : TIMESTAMP
    return { type, meaning: { per: PER_MS[logical.unit], clock: false } }
  }
  if (logical?.type === 'TIME') return { type: TIME, meaning: { per: PER_MS[logical.unit], clock: true } }
  if (converted === 'TIME_MICROS') return { type: TIME, meaning: { per: 1_000, clock: true } }
  if (converted === 'TIMESTAMP_MILLIS') return { type: TIMESTAMP_LTZ, meaning: { per: 1, clock: false } }
  if (converted === 'TIMESTAMP_MICROS') return { type: TIMESTAMP_LTZ, meaning: { per: 1_000, clock: false } }
  const isUnsigned = (logical?.type === 'INTEGER' && !logical.isSigned) || converted === 'UINT_64'
  return isUnsigned ? { type: decimal(20, 0), meaning: 'uint64' } : { type: BIGINT, meaning: 'bigint' }
}
