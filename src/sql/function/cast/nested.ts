/**
 * Casts among arrays, maps and rows, which cast what is inside, and their texts in Flink's form: `[1, 2, NULL]`, `{a=1, b=2}`,
 * `(1, x)`. A value fails where one inside of it does.
 */
import type { Column, ListColumn, MapColumn, NestedColumn, StringColumn } from '../../../record/column.ts'
import { StrictNulls, withNulls } from '../../../record/nulls.ts'
import { type NestedType, STRING, sameType, type Type } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import type { Session } from '../function.ts'
import { anyNull, fail } from '../output.ts'
import { TextOutput } from '../text/output.ts'

/** What opens a cast, or a hint what to write instead of it. */
export type FindCast = (from: Type, to: Type, session: Session) => (() => Compute) | string

/** A cast of what is inside, for its first `count` rows. */
type CastPart = (column: Column, count: number) => Column

/** What opens the cast, or a hint; undefined where the types do not go together. */
export function openNestedCast(
  from: NestedType,
  to: Type,
  session: Session,
  find: FindCast,
): (() => Compute) | string | undefined {
  const parts = partsOf(from)
  const wanted = to.kind === 'STRING' ? parts.map(() => STRING) : from.kind === to.kind ? partsOf(to as NestedType) : []
  if (parts.length !== wanted.length) return undefined
  const open: (() => CastPart)[] = []
  for (const [index, part] of parts.entries()) {
    const opened = openPart(part, wanted[index] as Type, session, find)
    if (typeof opened === 'string') return opened
    open.push(opened)
  }
  return () => {
    const cast = open.map((each) => each())
    return to.kind === 'STRING' ? toText(cast) : toNested(cast)
  }
}

/** The types directly inside. */
function partsOf(type: NestedType): readonly Type[] {
  if (type.kind === 'ARRAY') return [type.element]
  return type.kind === 'MAP' ? [type.key, type.value] : type.fields.map((field) => field.type)
}

function openPart(from: Type, to: Type, session: Session, find: FindCast): (() => CastPart) | string {
  if (sameType(from, to)) return () => (column) => column
  const open = find(from, to, session)
  if (typeof open === 'string') return open
  return () => {
    const compute = open()
    const strict = new StrictNulls()
    return (column, count) => strict.apply(compute([column], count), [column], count)
  }
}

function toNested(cast: readonly CastPart[]): Compute {
  return ([column], count) => castInside(column as NestedColumn, cast, count)
}

function castInside(column: NestedColumn, cast: readonly CastPart[], count: number): Column {
  const parts = castParts(column, cast, count)
  const failures = failuresInside(column, parts, count)
  const inside = parts.map((part) => withNulls(part, part.nulls, undefined))
  const { nulls } = column
  if (column.kind === 'row') return { kind: 'row', fields: inside, nulls, failures }
  const { start, end } = column
  const [first, second] = inside as unknown as readonly [Column, Column]
  if (column.kind === 'list') return { kind: 'list', start, end, items: first, nulls, failures }
  return { kind: 'map', start, end, keys: first, values: second, nulls, failures }
}

const childrenOf = (column: NestedColumn): readonly Column[] =>
  column.kind === 'list' ? [column.items] : column.kind === 'map' ? [column.keys, column.values] : column.fields

function castParts(column: NestedColumn, cast: readonly CastPart[], count: number): readonly Column[] {
  const rows = column.kind === 'row' ? count : itemsOf(column, count)
  return childrenOf(column).map((child, index) => (cast[index] as CastPart)(child, rows))
}

/** How many items the ranges of the first `count` rows reach. */
function itemsOf({ end, nulls }: ListColumn | MapColumn, count: number): number {
  let most = 0
  for (let row = 0; row < count; row++) if (nulls?.[row] !== 1) most = Math.max(most, end[row] as number)
  return most
}

/** The rows with a value inside that failed. */
function failuresInside(
  column: NestedColumn,
  parts: readonly Column[],
  count: number,
): Map<number, string> | undefined {
  const failed = parts.flatMap(({ failures }) => (failures === undefined ? [] : [failures]))
  if (failed.length === 0) return undefined
  const found = new Map<number, string>()
  for (let row = 0; row < count; row++) {
    if (column.nulls?.[row] === 1) continue
    const [from, to] = column.kind === 'row' ? [row, row + 1] : [column.start[row] as number, column.end[row] as number]
    for (let at = from; at < to && !found.has(row); at++) {
      const reason = failed.map((failures) => failures.get(at)).find((each) => each !== undefined)
      if (reason !== undefined) found.set(row, reason)
    }
  }
  return found.size === 0 ? undefined : found
}

function toText(cast: readonly CastPart[]): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const column = columns[0] as NestedColumn
    const texts = castParts(column, cast, count) as readonly StringColumn[]
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      output.open(row)
      writeRow(output, column, texts, row)
      output.close(row)
    }
    for (const [row, reason] of failuresInside(column, texts, count) ?? []) fail(output.column, row, reason)
    return output.finish()
  }
}

function writeRow(output: TextOutput, column: NestedColumn, texts: readonly StringColumn[], row: number): void {
  if (column.kind === 'row') {
    texts.forEach((text, index) => {
      output.text(index === 0 ? '(' : ', ')
      writeCell(output, text, row)
    })
    output.text(')')
    return
  }
  const [open, close] = column.kind === 'list' ? ['[', ']'] : ['{', '}']
  output.text(open)
  const from = column.start[row] as number
  for (let at = from; at < (column.end[row] as number); at++) {
    if (at > from) output.text(', ')
    texts.forEach((text, index) => {
      if (index > 0) output.text('=')
      writeCell(output, text, at)
    })
  }
  output.text(close)
}

function writeCell(output: TextOutput, text: StringColumn, row: number): void {
  if (text.nulls?.[row] === 1) output.text('NULL')
  else output.copy(text, row)
}
