/** Which columns of rows go into the records of a topic whose format declares columns, by name, and how they are called there. */
import { Failure, throwAll } from '../../base/failure.ts'
import {
  type Field,
  integerBits,
  isAnyTimestamp,
  isInteger,
  isNumeric,
  isSmallInteger,
  isZoned,
  shortTypeName,
  type Type,
} from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'

/** The columns of records, and the index of each among those of the rows. */
export type Written = { readonly fields: readonly Field[]; readonly picks: readonly number[] }

/** All columns of the rows, as they are. */
export const columnsAsTheyAre = (fields: readonly Field[]): Written => ({
  fields,
  picks: fields.map((_, index) => index),
})

/**
 * The declared columns that the rows have, each under the name that it has in a record. Throws a Failure `usage` with each that the
 * format could not read again.
 */
export function writtenColumns(format: string, declared: readonly DeclaredColumn[], rows: readonly Field[]): Written {
  const failures: Failure[] = []
  const refuse = (name: string, message: string, hint: string) =>
    failures.push(
      new Failure('usage', `format ${format}: column ${name} ${message}`, { part: ['columns', name], hint }),
    )
  const written = declared.flatMap(({ field: { name, type }, path = [name] }) => {
    const [inRecord] = path
    // Rows that are made have the names of records; a column may have another one.
    const pick =
      [inRecord, name].map((one) => rows.findIndex((field) => field.name === one)).find((at) => at >= 0) ?? -1
    const row = rows[pick]
    if (path.length > 1 || inRecord === undefined) {
      refuse(name, `is at ${path.join('.')}, and rows are written as members of one object`, 'Leave its path out.')
      return []
    }
    if (row === undefined) return []
    if (!isRead(row.type, type)) {
      const types = `is ${shortTypeName(row.type)} in the rows, and ${shortTypeName(type)} in the topic`
      refuse(name, types, `Declare it as ${shortTypeName(row.type)}.`)
      return []
    }
    return [{ field: { name: inRecord, type: row.type }, pick }]
  })
  throwAll(failures)
  return { fields: written.map(({ field }) => field), picks: written.map(({ pick }) => pick) }
}

/** Whether values of the one type are written as values that a column of the other reads. */
function isRead(type: Type, as: Type): boolean {
  if (isAnyTimestamp(as) && isAnyTimestamp(type)) return isZoned(as) === isZoned(type)
  if (as.kind === type.kind) return true
  if (as.kind === 'STRING') return true
  // A text that is a time: with more digits of a second than TIMESTAMP(3) has, a time is made as a text.
  if (type.kind === 'STRING') return isAnyTimestamp(as)
  if (type.kind === 'FLOAT') return as.kind === 'DOUBLE'
  if (isSmallInteger(as)) return isInteger(type) && integerBits(type) <= integerBits(as)
  return isNumeric(type) && isNumeric(as) && type.kind !== 'DOUBLE'
}
