/** Turns declared tables into tables with known columns, and event time or a key. What they contain shows when they are read. */
import { assert } from '../../base/assert.ts'
import { changeFailure, collectFailure, type Failure, throwAll } from '../../base/failure.ts'
import { type DeclaredColumn, declaredColumns, type WrittenColumns } from '../../format/declared-columns.ts'
import { json as jsonFormat } from '../../format/json/json.ts'
import { openFormat } from '../../format/open.ts'
import { isApproximate, isTimestamp } from '../../record/type.ts'
import { tableTypes } from '../../table/all.ts'
import type { LookupType } from '../../table/lookup/lookup.ts'
import type { StoreType } from '../../table/table.ts'
import { openTopicFormat } from '../../topic/topic-format.ts'
import type { PipelineFile } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import type { Checking, LookupTable, StoredTable } from './checking.ts'
import { didYouMean } from './spelled-in-file.ts'

/** Adds all tables to the checking; wrong ones are among the failures. */
export function checkTables(checking: Checking): void {
  const { file, failures, broken, stored, lookups } = checking
  for (const name of Object.keys(file.tables)) {
    const found = collectFailure(failures, () => checkTable(name, checking))
    if (found === undefined) broken.add(name)
    else if ('lookup' in found) lookups.set(name, found.lookup)
    else stored.set(name, found.stored)
  }
}

type Found = { readonly stored: StoredTable } | { readonly lookup: LookupTable }

function checkTable(name: string, checking: Checking): Found {
  const { file, text } = checking
  const entry = file.tables[name]
  assert(entry !== undefined, 'a table of the file')
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
  const type = tableTypes.of(entry)
  const parts = { name, entry, declared, text, failures }
  return type.holds === 'keys' ? { lookup: checkLookup(parts, type) } : { stored: checkStored(parts, type) }
}

type Parts = {
  readonly name: string
  readonly entry: PipelineFile['tables'][string]
  readonly declared: readonly DeclaredColumn[]
  readonly text: PipelineText
  readonly failures: Failure[]
}

/** How long a report that is due waits, unless the file says otherwise. */
const USUAL_DELAY_MS = 60_000

function checkStored({ name, entry, declared, text, failures }: Parts, type: StoreType): StoredTable {
  const at = ['tables', name]
  for (const key of ['key', 'duplicates'] as const) {
    if (entry[key] === undefined) continue
    failures.push(text.failure([...at, key], `table "${name}" is one of a store, and has no ${key}`, { at: 'key' }))
  }
  const rowtime = declared.findIndex(({ field }) => field.name === entry.time)
  const time = declared[rowtime]
  const times = declared.filter(({ field }) => isTimestamp(field.type)).map(({ field }) => field.name)
  if (entry.time === undefined) {
    const hint = `Name the column of event time: time: ${times[0] ?? 'ts'}`
    failures.push(text.failure(at, `table "${name}" needs a time, by which reports read it`, { at: 'key', hint }))
  } else if (time === undefined && !Object.hasOwn(entry.columns, entry.time)) {
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
  const { delay = USUAL_DELAY_MS } = entry
  return {
    checked: { name, type, options: entry[type.name], columns, format, fields, rowtime, delayMs: delay },
    table: { name, fields, rowtime: { field: rowtime, delay: 0 } },
  }
}

function checkLookup({ name, entry, declared, text, failures }: Parts, type: LookupType): LookupTable {
  const at = ['tables', name]
  for (const key of ['time', 'delay'] as const) {
    if (entry[key] === undefined) continue
    const hint = 'Its rows count for as long as they are in it.'
    failures.push(text.failure([...at, key], `table "${name}" is looked up by its key, and has no ${key}`, { hint }))
  }
  const names = entry.key === undefined ? [] : [entry.key].flat()
  if (names.length === 0) {
    const hint = `Name the columns by which a row is found: key: [${Object.keys(entry.columns)[0] ?? 'id'}]`
    failures.push(text.failure(at, `table "${name}" needs a key`, { at: 'key', hint }))
  }
  for (const [index, column] of names.entries()) {
    const part = [...at, 'key', ...(Array.isArray(entry.key) ? [index] : [])]
    if (!Object.hasOwn(entry.columns, column)) {
      const hint = didYouMean(column, Object.keys(entry.columns))
      failures.push(text.failure(part, `table "${name}" declares no column ${column}`, { hint }))
    } else if (names.indexOf(column) < index) failures.push(text.failure(part, `${column} is in the key twice`))
    const field = declared.find((one) => one.field.name === column)?.field
    if (field !== undefined && isApproximate(field.type)) {
      const hint = 'Declare it as DECIMAL(p, s), or as a whole number.'
      failures.push(text.failure(part, `rows cannot be looked up by ${column}, which is ${field.type.kind}`, { hint }))
    }
  }
  throwAll(failures)
  const key = names.map((column) => declared.findIndex(({ field }) => field.name === column))
  const unique = entry.duplicates !== 'accept'
  const fields = declared.map(({ field }) => field)
  const options = entry[type.name]
  const fingerprint = JSON.stringify(['lookup', entry.columns, names, unique, type.form(options)])
  return {
    checked: { name, type, options, columns: declared, key, unique, fingerprint },
    table: { name, fields, rowtime: undefined, lookup: { key, unique } },
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
