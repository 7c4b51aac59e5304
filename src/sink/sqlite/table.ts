/**
 * The table that rows go into: made if it is not there, else compared with what the sink would write. What differs is named, all
 * at once. Nothing is changed in a table when a sink first comes to it. Later it gets the columns that the pipeline file has more.
 */
import type { DatabaseSync } from 'node:sqlite'
import { Failure } from '../../base/failure.ts'
import { isSameName, quoted } from '../../data/sqlite.ts'
import type { Type } from '../../record/type.ts'
import { type StoredType, storedType } from './values.ts'

/** A table as the sink wants it. */
export type WantedTable = {
  readonly name: string
  readonly columns: readonly WantedColumn[]
  /** Names of the columns of its key; undefined: it has none, and rows are added. */
  readonly key: readonly string[] | undefined
}

/** `isNumberLike`: whether a text of the column may look like a number, which a NUMERIC column would make of it. */
export type WantedColumn = { readonly name: string; readonly type: Type; readonly isNumberLike: boolean }

/** What is in the database under this name. */
export function foundAs(database: DatabaseSync, name: string): string | undefined {
  const found = database.prepare('SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE').get(name)
  return found === undefined ? undefined : String(found.type)
}

/** Makes the table. */
export function createTable(database: DatabaseSync, { name, columns, key }: WantedTable): void {
  const isKey = (column: WantedColumn) => key?.includes(column.name) === true
  const lines = columns.map(
    (column) => `${quoted(column.name)} ${storedType(column.type)}${isKey(column) ? ' NOT NULL' : ''}`,
  )
  const primary = key === undefined ? [] : [`PRIMARY KEY (${key.map(quoted).join(', ')})`]
  database.exec(`CREATE TABLE ${quoted(name)} (${[...lines, ...primary].join(', ')}) STRICT`)
}

/** Adds the columns that the table does not have, which are NULL in the rows that are there. Those of the key cannot be added. */
export function addColumns(database: DatabaseSync, { name, columns, key }: WantedTable): void {
  if (foundAs(database, name) !== 'table') return
  const there = database.prepare('SELECT name FROM pragma_table_xinfo(?)').all(name)
  for (const column of columns) {
    if (key?.includes(column.name) === true || there.some((one) => isSameName(String(one.name), column.name))) continue
    database.exec(`ALTER TABLE ${quoted(name)} ADD COLUMN ${quoted(column.name)} ${storedType(column.type)}`)
  }
}

/** Throws a Failure that names all differences between the table that is there and the one that is wanted. */
export function checkTable(database: DatabaseSync, path: string, wanted: WantedTable): void {
  const { name } = wanted
  const kind = foundAs(database, name)
  if (kind !== 'table') throw differs(path, name, [`it is a ${kind}`])
  const there = database.prepare(`SELECT * FROM pragma_table_xinfo(?)`).all(name)
  const columns = there.map((column) => ({
    name: String(column.name),
    declared: String(column.type),
    isRequired: column.notnull === 1 && column.dflt_value === null,
    isGenerated: Number(column.hidden) > 1,
  }))
  const differences = wanted.columns.flatMap(({ name: column, type, isNumberLike }) => {
    const found = columns.find((one) => isSameName(one.name, column))
    const stored = storedType(type)
    if (found === undefined) return [`it has no column ${column} (${stored})`]
    if (found.isGenerated) return [`column ${column} is generated there`]
    if (takes(affinityOf(found.declared), stored, isNumberLike)) return []
    return [`column ${column} is ${found.declared} there, and its values are ${stored}`]
  })
  const unfilled = columns.filter(
    (one) => one.isRequired && wanted.columns.every((column) => !isSameName(one.name, column.name)),
  )
  differences.push(...unfilled.map((one) => `column ${one.name} is NOT NULL there, and nothing goes into it`))
  if (wanted.key !== undefined && !isUnique(database, name, wanted.key)) {
    differences.push(`no PRIMARY KEY and no UNIQUE index has the columns ${wanted.key.join(', ')} of the key alone`)
  }
  if (differences.length > 0) throw differs(path, name, differences)
}

function differs(path: string, table: string, differences: readonly string[]): Failure {
  return new Failure(
    'pipeline',
    `${path}: table ${table} is not as the sink would make it: ${differences.join('; ')}`,
    {
      hint: 'Change the columns of the sink or those of the table (ALTER TABLE), or let the sink write to another table.',
    },
  )
}

/** How SQLite keeps values of a declared type (https://sqlite.org/datatype3.html, 3.1). */
function affinityOf(declared: string): StoredType | 'NUMERIC' | 'ANY' {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'TEXT'
  if (type === '' || type === 'ANY' || type.includes('BLOB')) return 'ANY'
  return /REAL|FLOA|DOUB/.test(type) ? 'REAL' : 'NUMERIC'
}

/** Whether a column keeps such values as they are. */
function takes(affinity: ReturnType<typeof affinityOf>, stored: StoredType, isNumberLike: boolean): boolean {
  if (affinity === 'ANY' || affinity === stored) return true
  // DATETIME, UUID and JSON are NUMERIC to SQLite, which leaves texts that are no numbers as they are.
  // A NUMERIC or TEXT column keeps a blob as it is.
  if (stored === 'BLOB') return affinity !== 'INTEGER' && affinity !== 'REAL'
  return affinity === 'NUMERIC' && (stored !== 'TEXT' || !isNumberLike)
}

/** Whether a primary key or a unique index of the whole table has these columns and no other, compared byte by byte. */
function isUnique(database: DatabaseSync, table: string, key: readonly string[]): boolean {
  const isKey = (columns: readonly string[]) =>
    columns.length === key.length && key.every((name) => columns.some((column) => isSameName(column, name)))
  // A primary key of one INTEGER is the row's own number, which has no index.
  const primary = database.prepare('SELECT name, type FROM pragma_table_info(?) WHERE pk > 0').all(table)
  const [first] = primary
  const isRowNumber = primary.length === 1 && String(first?.type).toUpperCase() === 'INTEGER'
  if (isRowNumber && isKey([String(first?.name)])) return true
  const indexes = database
    .prepare('SELECT name FROM pragma_index_list(?) WHERE "unique" = 1 AND partial = 0')
    .all(table)
  return indexes.some(({ name }) => {
    const columns = database.prepare('SELECT name, coll FROM pragma_index_xinfo(?) WHERE key = 1').all(String(name))
    return columns.every(({ coll }) => coll === 'BINARY') && isKey(columns.map((column) => String(column.name)))
  })
}
