/**
 * The columns inside columns: those inside an ARRAY or a MAP have a row for each of its elements; those of a ROW have the rows of
 * the ROW.
 */
import { assert } from '../../base/assert.ts'
import { type Column, makeColumn, type Nulls } from '../../record/column.ts'
import { isNested, type Type } from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { InnerRows } from '../scan/inner-rows.ts'
import type { NestedParts } from '../scan/parsed-blocks.ts'
import { ParsedColumn } from '../scan/parsed-column.ts'
import { Member, type ValuePlace } from './members.ts'

/** The places of the declared columns, and all columns in them. */
export type ValuePlaces = NestedParts & { readonly places: readonly ValuePlace[] }

/** The places for the values of columns. */
export function placesOf(declared: readonly DeclaredColumn[], columns: readonly ParsedColumn[]): ValuePlaces {
  const found: Found = { columns: [...columns], inner: [] }
  const places = columns.map((column, i) => placeOf(column, declared[i] as DeclaredColumn, undefined, found))
  return {
    ...found,
    places,
    column: (index, rows, bytes) => columnAt(places[index] as ValuePlace, rows, bytes),
  }
}

type Found = { readonly columns: ParsedColumn[]; readonly inner: InnerRows[] }

/** `rows`: those that the column has a value in; undefined for records. */
function placeOf(
  column: ParsedColumn,
  { field, isFound }: DeclaredColumn,
  rows: InnerRows | undefined,
  found: Found,
): ValuePlace {
  const { type } = field
  if (!isNested(type)) return { column, inside: undefined }
  const inner = (name: string, of: Type, within: InnerRows | undefined): ValuePlace => {
    const declared = { field: { name, type: of }, ...(isFound && { isFound }) }
    const each = new ParsedColumn(declared, column.isWanted)
    found.columns.push(each)
    within?.columns.push(each)
    return placeOf(each, declared, within, found)
  }
  if (type.kind === 'ROW') {
    const root = new Member('')
    const fields = type.fields.map((each) => {
      const place = inner(`${field.name}.${each.name}`, each.type, rows)
      root.add([each.name], place)
      return place
    })
    return { column, inside: { kind: 'row', root, fields } }
  }
  const within = new InnerRows(column.isWanted)
  found.inner.push(within)
  const keys = type.kind === 'MAP' ? inner(`${field.name}[]`, type.key, within).column : undefined
  const item = new Member('')
  item.add([], inner(`${field.name}[]`, type.kind === 'MAP' ? type.value : type.element, within))
  return { column, inside: { kind: 'rows', rows: within, keys, item } }
}

function columnAt({ column, inside }: ValuePlace, rows: number, bytes: Uint8Array): Column {
  if (!column.isWanted) return absent(column.type, rows)
  if (inside === undefined) return column.column(rows, bytes)
  const nulls = column.nullsIn(rows)
  if (inside.kind === 'row')
    return { kind: 'row', fields: inside.fields.map((each) => columnAt(each, rows, bytes)), nulls }
  const { start, end } = column
  const [item] = inside.item.places
  assert(item !== undefined, 'an array has elements of a type')
  const items = columnAt(item, inside.rows.next, bytes)
  if (inside.keys === undefined) return { kind: 'list', start, end, items, nulls }
  return { kind: 'map', start, end, keys: inside.keys.column(inside.rows.next, bytes), values: items, nulls }
}

let ones = new Uint8Array(1 << 12).fill(1)

/** A column that nobody wants: all NULL. */
function absent(type: Type, rows: number): Column {
  if (ones.length < rows) ones = new Uint8Array(2 * rows).fill(1)
  const nulls: Nulls = ones
  return { ...makeColumn(type, 0), nulls }
}
