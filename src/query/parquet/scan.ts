/**
 * Reads the units of a query over Parquet files: row groups, of which only the columns that the query uses, and not even these where the
 * file says that no row meets its conditions.
 */
import { Failure } from '../../base/failure.ts'
import { isHdfsPath } from '../../client/webhdfs/address.ts'
import { type Local, openLocal, type PartialState } from '../../engine/partial.ts'
import type { LocalParquetFile } from '../../format/parquet/local-file.ts'
import { type Batch, batchOfRows, type Column, type Value } from '../../record/column.ts'
import { sliceOf } from '../../record/slice.ts'
import { type Field, sameType } from '../../record/type.ts'
import { type InputFile, openRemoteFiles } from '../find-files.ts'
import type { RemoteFiles } from '../remote-files.ts'
import type { UnitContext, UnitScan } from '../unit.ts'
import { type Counts, noCounts, type Outcome, type Unit } from '../units.ts'
import { openParquetAt } from './open.ts'
import { constantColumn, partitionValue } from './partitions.ts'
import { excludes, type RangeOf } from './skip.ts'
import type { ParquetColumns } from './table.ts'

/** Dead letters kept of an outcome: more than a person is shown. */
const DEAD_ROWS_KEPT = 10
/** Rows of a batch. */
const BATCH_ROWS = 16_384

/** Where a column of the scan comes from: a column of the file, or a value that all of its rows have. */
type From =
  | { readonly kind: 'file'; readonly column: number }
  | { readonly kind: 'value'; readonly value: Value; readonly values: Column }

/** A file that is open, with the columns of the scan in it. */
type Opened = { readonly path: string; readonly file: LocalParquetFile; readonly from: readonly From[] }

/** Runs the units of one scan of Parquet files. */
export class ParquetScan implements UnitScan {
  readonly #local: Local
  readonly #fields: readonly Field[]
  readonly #columns: ParquetColumns
  readonly #deadKept: UnitContext['deadKept']
  readonly #again: boolean
  #remote: Promise<RemoteFiles> | undefined
  #opened: Opened | undefined
  #counts: Counts = noCounts()
  /** The row of the file that the batch at work begins with. */
  #firstRow = 0

  constructor(
    { query, catalog, contents, session, final, deadKept }: UnitContext,
    { scan, again }: Unit,
    columns: ParquetColumns,
  ) {
    const all = [...columns.inFiles, ...columns.inFolders]
    const reject = ({ origin, reason }: { origin: number; reason: string }) => this.#keepDead(origin, reason)
    this.#local = openLocal(query, catalog, scan, { session, contents, final, reject, keeps: true })
    this.#fields = this.#local.columns.map((column) => all[column] as Field)
    this.#columns = columns
    this.#deadKept = deadKept
    this.#again = again
  }

  async run({ file, groups }: Unit, hand: (outcome: Outcome) => void): Promise<void> {
    if (file === undefined || groups === undefined) return
    try {
      const opened = await this.#open(file)
      for (let group = groups.from; group < groups.to; group++) {
        await this.#readGroup(opened, group)
        if (this.#local.full()) break
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.retryable) throw error
      // Other files go on.
      if (!this.#again) this.#counts.faults.push({ message: error.message, hint: error.hint, isLoss: true })
    }
    const outcome = { partial: this.#local.take(), ...this.#counts }
    this.#counts = noCounts()
    hand(outcome)
  }

  rest(): PartialState | undefined {
    return this.#local.rest()
  }

  async #readGroup({ path, file, from }: Opened, group: number): Promise<void> {
    const rows = file.groups[group]?.rows ?? 0
    this.#firstRow = file.groups.slice(0, group).reduce((sum, before) => sum + before.rows, 0)
    if (excludes(this.#local.conditions, rangesOf({ path, file, from }, group))) this.#count(rows)
    else {
      const wanted = from.flatMap((one) => (one.kind === 'file' ? one.column : []))
      // Without columns there is still a number of rows.
      for await (const batch of file.read(group, wanted, BATCH_ROWS)) {
        this.#local.push(completed(batch, from))
        this.#count(batch.count)
        this.#firstRow += batch.count
        if (this.#local.full()) break
      }
    }
    this.#counts.bytes += file.groups[group]?.bytes ?? 0
  }

  #count(rows: number): void {
    this.#counts.used += rows
    if (!this.#again) this.#counts.lines += rows
  }

  async #open(file: InputFile): Promise<Opened> {
    const before = this.#opened
    if (before?.path === file.path) return before
    before?.file.close()
    this.#opened = undefined
    if (isHdfsPath(file.path)) this.#remote ??= openRemoteFiles()
    const opened = await openParquetAt(file, await this.#remote)
    const from = this.#fields.map((field): From => {
      const column = opened.fields.findIndex(({ name, type }) => name === field.name && sameType(type, field.type))
      if (column >= 0) return { kind: 'file', column }
      const isOfFolder = this.#columns.inFolders.some(({ name }) => name === field.name)
      const value = isOfFolder ? partitionValue(file.path, field) : null
      return { kind: 'value', value, values: constantColumn(field.type, value, BATCH_ROWS) }
    })
    this.#opened = { path: file.path, file: opened, from }
    return this.#opened
  }

  #keepDead(origin: number, reason: string): void {
    this.#counts.failed++
    this.#counts.dead++
    if (this.#deadKept !== 'all' && this.#counts.deadLines.length >= DEAD_ROWS_KEPT) return
    const row = origin < 0 ? undefined : this.#firstRow + origin
    this.#counts.deadLines.push({ file: this.#opened?.path ?? '', byte: 0, row, reason, line: undefined })
  }
}

/** The batch of a file with the columns of the scan. */
function completed({ count, columns }: Batch, from: readonly From[]): Batch {
  let next = 0
  return batchOfRows(
    count,
    from.map((one) => (one.kind === 'file' ? (columns[next++] as Column) : sliceOf(one.values, 0, count))),
  )
}

/** What is known of the columns of the scan in a row group. */
const rangesOf =
  ({ file, from }: Opened, group: number): RangeOf =>
  (column) => {
    const one = from[column]
    if (one === undefined) return undefined
    if (one.kind === 'file') return file.bounds(group, one.column)
    const value = typeof one.value === 'bigint' ? Number(one.value) : one.value
    const known = typeof value === 'string' ? Buffer.from(value) : typeof value === 'number' ? value : undefined
    return { least: known, greatest: known }
  }
