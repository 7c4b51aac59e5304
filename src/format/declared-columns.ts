/** The option `columns` of formats without columns of their own: `status: INT`, `user_id: { type: BIGINT, path: user.id }`. */
import { Failure, throwAll } from '../base/failure.ts'
import { type Field, isNested, isZoned, STRING, typeName } from '../record/type.ts'
import { typeOfText } from '../record/type-text.ts'

/** What a number of a TIMESTAMP_LTZ counts since 1970. */
export type EpochUnit = 's' | 'ms' | 'us' | 'ns'

/** How many of a unit are a second. */
export const PER_SECOND: Readonly<Record<EpochUnit, number>> = { s: 1, ms: 1000, us: 1_000_000, ns: 1_000_000_000 }

/** A column whose values are read from texts: one that the user declares, or that the format brings or finds. */
export type DeclaredColumn = {
  readonly field: Field
  /** Of a TIMESTAMP_LTZ. Undefined: milliseconds, of which only plausible numbers are taken. */
  readonly unit?: EpochUnit
  /** Its path in a JSON object (`['user', 'id']`); undefined: the member with the column's name. */
  readonly path?: readonly string[]
  /** Whether the first lines gave the type, which was not declared: then it takes no number that it would change. */
  readonly isFound?: true
}

export type WrittenColumn = {
  readonly type: string
  readonly path?: string | readonly string[] | undefined
  /** Of a TIMESTAMP_LTZ(3): what a number counts since 1970. */
  readonly unit?: EpochUnit | undefined
}

/** By name, in their order. */
export type WrittenColumns = { readonly [name: string]: WrittenColumn }

/** The columns that options of any format declare. */
export const columnsIn = (options: unknown): WrittenColumns =>
  typeof options === 'object' && options !== null && 'columns' in options ? (options.columns as WrittenColumns) : {}

/**
 * The columns with their types; ARRAY, MAP and ROW only where the format `reads` them. Throws a Failure with every mistake in
 * them, each with its part of the options.
 */
export function declaredColumns(columns: WrittenColumns, reads?: 'nested'): readonly DeclaredColumn[] {
  const failures: Failure[] = []
  const refuse = (part: readonly string[], message: string, hint: string) => {
    failures.push(new Failure('usage', `column ${part[0]}: ${message}`, { part: ['columns', ...part], hint }))
    return []
  }
  const declared = Object.entries(columns).flatMap(([name, { type: written, path: found, unit }]) => {
    const named = typeOfText(written)
    if ('refused' in named) {
      const types = 'Types are written as in SQL: STRING, INT, BIGINT, DOUBLE, DECIMAL(10, 2), TIMESTAMP(3).'
      return refuse([name], named.refused, named.hint ?? types)
    }
    const { type } = named
    if (isNested(type) && reads !== 'nested') {
      return refuse([name], `${typeName(type)} is not read here`, 'Declare it as STRING, and read the text in SQL.')
    }
    if (unit !== undefined && !isZoned(type)) {
      const hint = `Write ${name}: { type: TIMESTAMP_LTZ(3), unit: ${unit} }.`
      return refuse([name, 'unit'], 'only numbers of a TIMESTAMP_LTZ(3) have a unit', hint)
    }
    return {
      field: { name, type },
      ...(found !== undefined && { path: typeof found === 'string' ? found.split('.') : found }),
      ...(unit !== undefined && { unit }),
    }
  })
  throwAll(failures)
  return declared
}

/** The columns with `text`, if given, as a STRING: where it was not declared, a column by that name, as if it had been found. */
export function withText(columns: readonly DeclaredColumn[], text: string | undefined): readonly DeclaredColumn[] {
  if (text === undefined) return columns
  const at = columns.findIndex(({ field }) => field.name === text)
  const found = columns[at]
  if (found === undefined)
    return [...columns, { field: { name: text, type: STRING }, path: text.split('.'), isFound: true }]
  return found.isFound === true || found.field.type.kind === 'STRING'
    ? columns.with(at, { ...found, field: { name: text, type: STRING } })
    : columns
}
