/** Turns declared tables of stores into tables with known columns and event time. Whether the store has them shows when it is read. */
import { assert } from '../../base/assert.ts'
import { changeFailure, collectFailure, type Failure, throwAll } from '../../base/failure.ts'
import { declaredColumns, type WrittenColumns } from '../../format/declared-columns.ts'
import { json as jsonFormat } from '../../format/json/json.ts'
import { openFormat } from '../../format/open.ts'
import { isTimestamp } from '../../record/type.ts'
import { tableTypes } from '../../table/all.ts'
import { openTopicFormat } from '../../topic/topic-format.ts'
import type { Checking, StoredTable } from './checking.ts'
import { didYouMean } from './spelled-in-file.ts'

/** Adds all tables of stores to the checking; wrong ones are among the failures. */
export function checkTables(checking: Checking): void {
  const { file, failures, broken, stored } = checking
  for (const name of Object.keys(file.tables)) {
    const found = collectFailure(failures, () => checkTable(name, checking))
    if (found === undefined) broken.add(name)
    else stored.set(name, found)
  }
}

function checkTable(name: string, { file, text }: Checking): StoredTable {
  const entry = file.tables[name]
  assert(entry !== undefined, 'a table of the file')
  const type = tableTypes.of(entry)
  const at = ['tables', name]
  const failures: Failure[] = []
  if (Object.hasOwn(file.topics, name) || Object.hasOwn(file.queries, name)) {
    failures.push(text.failure(at, `table "${name}" has the name of a topic or query`, { at: 'key' }))
  }
  const declare = () =>
    changeFailure(
      () => declaredColumns(entry.columns),
      ({ message, hint, part = [] }) => text.failure([...at, ...part], message, { hint }),
    )
  const declared = collectFailure(failures, declare) ?? []
  const rowtime = declared.findIndex(({ field }) => field.name === entry.time)
  const time = declared[rowtime]
  if (time === undefined && !Object.hasOwn(entry.columns, entry.time)) {
    const times = declared.filter(({ field }) => isTimestamp(field.type)).map(({ field }) => field.name)
    const hint = didYouMean(entry.time, times.length > 0 ? times : Object.keys(entry.columns))
    failures.push(text.failure([...at, 'time'], `table "${name}" declares no column ${entry.time}`, { hint }))
  }
  if (time !== undefined && !isTimestamp(time.field.type)) {
    const hint = `Declare it so: ${entry.time}: TIMESTAMP_LTZ(3)`
    failures.push(text.failure([...at, 'time'], `column ${entry.time} is no time`, { hint }))
  }
  throwAll(failures)
  const columns = declared.map(({ field, path = [field.name], unit }) => ({ stored: path.join('.'), field, unit }))
  const fields = declared.map(({ field }, index) => (index === rowtime ? { ...field, rowtime: true } : field))
  const json = openFormat({ format: jsonFormat, options: { columns: asMembers(entry.columns) } }, undefined)
  const format = openTopicFormat(json, [], name)
  return {
    checked: { name, type, options: entry[type.name], columns, format, fields, rowtime, delayMs: entry.delay },
    table: { name, fields, rowtime: { field: rowtime, delay: 0 } },
  }
}

/** The members of a record that a row becomes, each under the store's own name for the column. */
const asMembers = (columns: WrittenColumns): WrittenColumns =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { path = name, ...rest }]) => [
      name,
      { ...rest, path: [typeof path === 'string' ? path : path.join('.')] },
    ]),
  )
