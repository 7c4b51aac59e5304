/**
 * Writes rows to a table of a SQLite file, which other programs read meanwhile. Rows are committed together with the sink's
 * own position, so each is there once after any crash, in tables without a key, too; with a key, a row that is computed again
 * replaces itself. Several sinks, and pipelines, may write to one file.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { realPathOf } from '../../base/disk/links.ts'
import { whyNotWritable } from '../../base/disk/writable.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import { duration } from '../../base/unit-options.ts'
import { isSameName, sqlitePlace } from '../../data/sqlite.ts'
import { dataIdOf, OWN_TABLES, tableBefore } from '../../data/table-positions.ts'
import {
  type Delivery,
  defineSink,
  type LostFile,
  type Sink,
  type SinkContext,
  type SinkMistake,
  type SinkState,
  type SinkType,
} from '../sink.ts'
import { checkedTable, hasMetadata, mapTable } from '../table/map-table.ts'
import type { MappedColumn, TableMapping } from '../table/mapping.ts'
import { type TableOptions, tableOptions } from '../table/options.ts'
import { openTableRows, refusalOf, type TableRows } from '../table/rows.ts'
import { type OpenWriter, openWriter } from './open-writer.ts'
import { packColumns } from './pack.ts'
import type { Next } from './positions.ts'
import type { WantedTable } from './table.ts'
import { unfitRow } from './values.ts'

type SqliteOptions = TableOptions & {
  readonly path: string
  /** How long a locked file is waited for. */
  readonly timeout: Duration
}

/** What the checkpoint keeps. */
type State = { readonly path: string; readonly table: string; readonly next: Next }

/** The mapping can do without a key: the position says which rows are there. */
const RULES = { keyed: false }

/** The sink; `openWriter` opens what writes to the file, in a thread of its own or not. */
export const sqliteWith = (open: typeof openWriter): SinkType =>
  defineSink<SqliteOptions>({
    name: 'sqlite',
    summary: 'Writes rows to a table of a SQLite file, each once.',
    oneHost: () => 'writes to a file of one machine',
    writes: 'transactional',
    options: z.strictObject({ path: z.string().min(1), ...tableOptions, timeout: duration.prefault('5s') }),
    // While the thread writes one batch, the next is made.
    batch: { rows: 10_000, bytes: 4 << 20, inFlight: 2 },
    check: (options, rows) => {
      const { table, mistakes } = mapTable(options, rows, RULES)
      return [...mistakes, ...mistakesOf(options, table)]
    },
    replaces: () => true,
    readsKept: hasMetadata,
    place: ({ path, table }, folder) => sqlitePlace(resolve(folder, path), table),
    lookAhead: ({ path }, folder) => whyNotWritable(resolve(folder, path), 'file'),
    lost: (state, { path, table }, { folder }) => lostOf(state, { path, table }, folder),
    open: (options, context) => openSqlite(options, context, open),
  })

export const sqlite: SinkType = sqliteWith(openWriter)

/** Mistakes that only SQLite makes of the names. */
function mistakesOf({ table: name, columns = {} }: SqliteOptions, { columns: mapped }: TableMapping): SinkMistake[] {
  const failed = (message: string, hint: string) => new Failure('pipeline', message, { hint })
  const mistakes: SinkMistake[] = []
  const isOurs = OWN_TABLES.includes(name.toLowerCase())
  if (isOurs || /^sqlite_/i.test(name)) {
    const whose = isOurs ? 'the positions of sinks' : 'SQLite itself'
    mistakes.push({ path: ['table'], failure: failed(`table ${name} is one of ${whose}`, 'Take another name.') })
  }
  const names = Object.keys(columns).length > 0 ? Object.keys(columns) : mapped.map((column) => column.name)
  for (const [i, column] of names.entries()) {
    const first = names.find((other) => isSameName(other, column))
    if (first === column || names.indexOf(column) !== i) continue
    const path = Object.hasOwn(columns, column) ? ['columns', column] : ['table']
    const message = `columns ${first} and ${column} are one to SQLite, which does not tell capital letters from small ones`
    mistakes.push({ path, at: 'key', failure: failed(message, 'Take another name, in columns: { NAME: … }.') })
  }
  return mistakes
}

async function openSqlite(options: SqliteOptions, context: SinkContext, open: typeof openWriter): Promise<Sink> {
  const { name, pipeline, folder, disk, data, state, remember } = context
  const whole = resolve(folder, options.path)
  const table = checkedTable(options, context, RULES)
  const kept = stateOf(state, options)
  const isThere = existsSync(whole)
  if (!isThere && kept !== undefined && Object.keys(kept.next).length > 0) {
    throw new Failure('corrupt', `sink ${name}: ${whole} no longer exists, but rows were written to it`, {
      hint: 'put it back, or let the sink write to another path',
    })
  }
  await disk.mkdir(dirname(whole))
  const path = realPathOf(whole)
  if (kept === undefined) await remember({ kind: 'table', ...tableBefore(path, table.name) })
  // Made here, so that the files which SQLite makes beside it are not readable by all either.
  if (!isThere) disk.open(path, 'write').close()
  const writer = await open({
    path,
    table: wantedOf(table),
    owner: { data: dataIdOf(data), sink: name, pipeline, table: table.name },
    kept: kept?.next,
    patience: options.timeout,
  })
  await disk.syncFolder(dirname(path))
  return writing(writer, { path, options, table, makeRows: openTableRows(table, context) })
}

type Writing = {
  readonly path: string
  readonly options: SqliteOptions
  readonly table: TableMapping
  readonly makeRows: (delivery: Delivery) => TableRows
}

function writing(writer: OpenWriter, { path, options, table, makeRows }: Writing): Sink {
  const inode = statSync(path).ino
  return {
    async write(delivery) {
      const made = makeRows(delivery)
      refuseUnfit(made, table.columns)
      const columns = packColumns(made.columns, made.count)
      const { deleted } = made
      const answer = await writer.write({
        ...placed(delivery),
        columns,
        rows: rowsOf(made),
        ...(deleted && { deleted }),
      })
      if (answer.kind === 'batch') return answer
      return refusalOf({ refused: new Map([...made.refused, ...answer.refused]) })
    },
    async flush(): Promise<State> {
      const found = statSync(path, { throwIfNoEntry: false })
      if (found?.ino !== inode) {
        const what = found === undefined ? 'no longer exists' : 'is another file now'
        throw new Failure('corrupt', `${path} ${what}: it was moved or removed by somebody else`, {
          hint: 'put it back, or let the sink write to another path',
        })
      }
      return { path: options.path, table: options.table, next: await writer.flush() }
    },
    async [Symbol.asyncDispose]() {
      await writer.close()
    },
  }
}

const wantedOf = ({ name, columns, key }: TableMapping): WantedTable => ({
  name,
  columns: columns.map((column) => ({ name: column.name, type: column.type, isNumberLike: isNumberLike(column) })),
  key: key?.map((index) => columns[index]?.name ?? ''),
})

/** Times, UUIDs and JSON objects never look like a number; any other text may. */
const isNumberLike = ({ type, source }: MappedColumn): boolean =>
  source.kind === 'record' ||
  (source.kind !== 'row' && source.kind !== 'row key' && ['STRING', 'DECIMAL'].includes(type.kind))

function placed({ partition, baseOffset, records, rows: { count, origin } }: Delivery) {
  const offsets = Float64Array.from({ length: count }, (_, row): Offset => baseOffset + (origin?.[row] ?? row))
  return { partition, from: baseOffset, to: baseOffset + records.count, offsets }
}

function refuseUnfit({ count, columns, refused }: TableRows, mapped: readonly MappedColumn[]): void {
  mapped.forEach(({ name, type }, i) => {
    const column = columns[i]
    if (column === undefined) return
    for (let row = unfitRow(type, column, 0, count); row >= 0; row = unfitRow(type, column, row + 1, count)) {
      if (!refused.has(row)) refused.set(row, `column ${name}: SQLite has no NaN`)
    }
  })
}

function rowsOf({ count, refused }: TableRows): Int32Array {
  const all = Int32Array.from({ length: count }, (_, row) => row)
  return refused.size === 0 ? all : all.filter((row) => !refused.has(row))
}

/** The state of this place; undefined: the sink has not written there before. */
function stateOf(
  state: SinkState | undefined,
  { path, table }: Pick<SqliteOptions, 'path' | 'table'>,
): State | undefined {
  const { path: was, table: of, next } = (state ?? {}) as Partial<State>
  return was === path && of === table && next !== undefined ? { path, table, next } : undefined
}

function lostOf(state: SinkState, options: Pick<SqliteOptions, 'path' | 'table'>, folder: string): readonly LostFile[] {
  const kept = stateOf(state, options)
  const path = resolve(folder, options.path)
  if (kept === undefined || Object.keys(kept.next).length === 0 || existsSync(path)) return []
  return [{ path, nature: `does not exist, but rows of table ${options.table} were written to it` }]
}
