/**
 * Puts the leaves of a column together: NULLs go between the values that are there, and lists, maps and rows are made by the
 * levels of their leaves.
 *
 * An entry of a leaf is a place for a value, which may not be there. It is a slot of a node if the node's innermost list has an
 * item there (`def`) and the entry does not go on with a list that lies deeper (`rep`). So all leaves of a node have the
 * same slots, and where the node is NULL or how long it is follows from any of them; the first is taken.
 */
import { Failure } from '../../base/failure.ts'
import type { Column } from '../../record/column.ts'
import type { Leaf, Node } from './schema.ts'

/** A leaf of one row group. Without `defs` each value is there, without `reps` there are no lists. */
export type LeafData = {
  readonly leaf: Leaf
  readonly entries: number
  readonly defs: Uint8Array | undefined
  readonly reps: Uint8Array | undefined
  /** The values that are there. */
  readonly values: Column
}

/** The innermost list around a node: the level of its items, and the repetition level of those after the first. */
type Within = { readonly def: number; readonly rep: number }

const TOP: Within = { def: 0, rep: 0 }

/** The column of a node with `rows` rows. Throws a Failure `corrupt` where the leaves do not fit together. */
export function assemble(node: Node, leaves: ReadonlyMap<number, LeafData>, rows: number): Column {
  const { column, slots } = build(node, leaves, TOP)
  if (slots !== rows) throw new Failure('corrupt', `damaged: a column has ${slots} values for ${rows} rows`)
  return column
}

type Built = { readonly column: Column; readonly slots: number }

function build(node: Node, leaves: ReadonlyMap<number, LeafData>, within: Within): Built {
  switch (node.kind) {
    case 'leaf':
      return leafColumn(dataOf(leaves, node.leaf), within)
    case 'row': {
      const parts = node.parts.map((part) => build(part, leaves, within))
      const { nulls, slots } = nullsOf(node, firstOf(node, leaves), within)
      sameSlots(parts, slots)
      return { column: { kind: 'row', fields: parts.map(({ column }) => column), nulls }, slots }
    }
    case 'list': {
      const item = build(node.item, leaves, { def: node.itemDef, rep: node.rep })
      const { slots, ...ranges } = rangesOf(node, firstOf(node, leaves), within)
      sameSlots([item], ranges.items)
      const { start, end, nulls } = ranges
      return { column: { kind: 'list', start, end, items: item.column, nulls }, slots }
    }
    case 'map': {
      const inside = { def: node.itemDef, rep: node.rep }
      const [keys, values] = [build(node.key, leaves, inside), build(node.value, leaves, inside)]
      const { slots, ...ranges } = rangesOf(node, firstOf(node, leaves), within)
      sameSlots([keys, values], ranges.items)
      const { start, end, nulls } = ranges
      return { column: { kind: 'map', start, end, keys: keys.column, values: values.column, nulls }, slots }
    }
  }
}

function dataOf(leaves: ReadonlyMap<number, LeafData>, { index }: Leaf): LeafData {
  const data = leaves.get(index)
  if (data === undefined) throw new Failure('corrupt', 'damaged: a column is missing')
  return data
}

function firstOf(node: Node, leaves: ReadonlyMap<number, LeafData>): LeafData {
  if (node.kind === 'leaf') return dataOf(leaves, node.leaf)
  const [first] = node.kind === 'row' ? node.parts : [node.kind === 'list' ? node.item : node.key]
  if (first === undefined) throw new Failure('corrupt', 'damaged: a group has no columns')
  return firstOf(first, leaves)
}

function sameSlots(parts: readonly Built[], slots: number): void {
  if (parts.some((part) => part.slots !== slots))
    throw new Failure('corrupt', 'damaged: the parts of a column differ in length')
}

function leafColumn({ leaf, entries, defs, values }: LeafData, { def }: Within): Built {
  // Each entry of a leaf is a slot of it, unless a list around it has no items.
  if (defs === undefined) return { column: values, slots: entries }
  const nulls = new Uint8Array(entries)
  let slots = 0
  for (let entry = 0; entry < entries; entry++) {
    const level = defs[entry] as number
    if (level >= def) nulls[slots++] = level === leaf.maxDef ? 0 : 1
  }
  return { column: spread(values, nulls, slots), slots }
}

/** The slots of a node, and which of them are NULL. */
function nullsOf(node: Node, { entries, defs, reps, leaf }: LeafData, within: Within) {
  const nulls = new Uint8Array(entries)
  let [slots, hasNulls] = [0, false]
  for (let entry = 0; entry < entries; entry++) {
    const level = defs === undefined ? leaf.maxDef : (defs[entry] as number)
    if (level < within.def || (reps !== undefined && (reps[entry] as number) > within.rep)) continue
    const isNull = level < node.def
    if (isNull) hasNulls = true
    nulls[slots++] = isNull ? 1 : 0
  }
  return { slots, nulls: hasNulls ? nulls : undefined }
}

/** The slots of a list or map, with the places of their items. */
function rangesOf(node: Extract<Node, { kind: 'list' | 'map' }>, data: LeafData, within: Within) {
  const { entries, defs, reps, leaf } = data
  const [start, end, nulls] = [new Int32Array(entries), new Int32Array(entries), new Uint8Array(entries)]
  let [slots, items, hasNulls] = [0, 0, false]
  for (let entry = 0; entry < entries; entry++) {
    const level = defs === undefined ? leaf.maxDef : (defs[entry] as number)
    const rep = reps === undefined ? 0 : (reps[entry] as number)
    if (level < within.def || rep > node.rep) continue
    if (rep < node.rep) {
      const isNull = level < node.def
      if (isNull) hasNulls = true
      nulls[slots] = isNull ? 1 : 0
      start[slots++] = items
    } else if (slots === 0) throw new Failure('corrupt', 'damaged: a list goes on that has not begun')
    if (level >= node.itemDef) items++
    end[slots - 1] = items
  }
  return { slots, items, start, end, nulls: hasNulls ? nulls : undefined }
}

/** The values with NULLs between them, in the arrays that they are in: from the end on, as each moves back. */
function spread(column: Column, nulls: Uint8Array, slots: number): Column {
  column.nulls = nulls
  let from = 0
  for (let slot = 0; slot < slots; slot++) if (nulls[slot] === 0) from++
  for (let slot = slots - 1; slot > from - 1 && slot >= 0; slot--) {
    if (nulls[slot] === 1) continue
    move(column, --from, slot)
  }
  return column
}

function move(column: Column, from: number, to: number): void {
  switch (column.kind) {
    case 'string':
      column.start[to] = column.start[from] as number
      column.end[to] = column.end[from] as number
      return
    case 'decimal':
      column.values[to] = column.values[from] as bigint
      return
    case 'bigint':
      column.values[to] = column.values[from] as number
      if (column.exact !== undefined) column.exact[to] = column.exact[from] as bigint
      return
    case 'boolean':
    case 'int':
    case 'double':
      column.values[to] = column.values[from] as number
  }
}
