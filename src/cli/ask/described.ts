/** What the first lines of a file show: its format, its columns with types and a first row, and its event time. */
import type { DeclaredColumn, EpochUnit } from '../../format/declared-columns.ts'
import type { OpenFormat, Rejects } from '../../format/format.ts'
import type { FileTable } from '../../query/table-files.ts'
import type { Batch, DoubleColumn } from '../../record/column.ts'
import { sliceRecords } from '../../record/records.ts'
import { type Field, typeName } from '../../record/type.ts'
import { reserved } from '../../sql/syntax/reserved.ts'
import { rowCells } from '../../terminal/cells.ts'
import { findEpoch } from './epoch-column.ts'
import { findInside, type InsideFound } from './inside-found.ts'

export type DescribedColumn = {
  readonly name: string
  readonly type: string
  /** Where it is in a JSON object, if that is not its name. */
  readonly path?: readonly string[]
  /** Whether SQL wants its name in backquotes. */
  readonly isReserved: boolean
  /** What its numbers count since 1970, where they are taken for times. */
  readonly unit?: EpochUnit
  /** In the first row; undefined where there is none. */
  readonly first: string | undefined
}

export type Described = {
  readonly pattern: string
  readonly format: string
  /** Which of the forms of the format it is. */
  readonly variant?: string
  /** Of the format, as they were given. */
  readonly options: unknown
  readonly opened: OpenFormat
  /** Whether the format was found by looking. */
  readonly isFound: boolean
  /** Whether a pipeline file has to declare the columns, and whether the first line has names. */
  readonly isDeclared: boolean
  readonly hasHeader: boolean
  /** The fewest fields of a row, where it may have fewer than there are columns. */
  readonly fewestFields?: number
  /** Lines that were looked at, and those of them that are rows. */
  readonly lines: number
  /** What they are: `record` where some have several lines. */
  readonly counts: 'line' | 'record'
  readonly rows: number
  readonly firstReject: string | undefined
  readonly columns: readonly DescribedColumn[]
  readonly eventTime: EventTimeFound | undefined
  /** Whether it is one JSON document in place of lines. */
  readonly isDocument?: boolean
  /** The format that was found in a text column, where none was named. */
  readonly holds?: InsideFound
  /** What a Parquet file says of itself. */
  readonly parquet?: { readonly groups: number; readonly writer: string | undefined; readonly note: string | undefined }
}

export type EventTimeFound = {
  readonly column: string
  /** What its numbers count since 1970; undefined: its type is a time. */
  readonly unit?: EpochUnit
  /** How far a row is behind the latest before it, at most. */
  readonly disorderMs: number
}

/** What the first lines of a table show. */
export async function describeTable(pattern: string, table: FileTable): Promise<Described> {
  const { sample, format, formatName, options, detected } = table
  const { fields, skipsFirstLine, fewestFields } = format
  const declared = declaredIn(format)
  const first = skipsFirstLine ? Math.min(1, sample.count) : 0
  const holds = format.inside === undefined ? await findInside(format, sample) : undefined
  const isDeclared = declared.some((column) => column !== undefined)
  let firstReject: string | undefined
  const rejects: Rejects = {
    add(record, byte, reason) {
      firstReject ??= `${counts} ${first + record + 1}, byte ${byte}: ${reason}`
    },
  }
  const { records } = format.spanning === undefined ? { records: sample } : format.spanning.join(sample, true)
  const counts = records.count === sample.count ? 'line' : 'record'
  const arrival = table.files[0]?.changed
  const decode = format.decoder(fields.map((_, index) => index))
  const arrivals = arrival === undefined ? undefined : { arrival, timestamps: [] }
  const batch = decode(sliceRecords(records, first, records.count), rejects, arrivals)
  const cells = batch.count === 0 ? undefined : rowCells(fields, batch, 0, 'exact')
  const timeAt = format.rowtime ?? timeColumn(fields)
  const epoch = timeAt === undefined && isDeclared ? findEpoch(fields, batch) : undefined
  const at = timeAt ?? epoch?.at
  const column = at === undefined ? undefined : fields[at]?.name
  return {
    pattern,
    format: formatName,
    ...(table.fitting?.variant !== undefined && { variant: table.fitting.variant }),
    options,
    opened: format,
    ...(holds !== undefined && { holds }),
    ...(table.files[0]?.isDocument === true && { isDocument: true }),
    isFound: detected,
    isDeclared,
    hasHeader: skipsFirstLine,
    ...(fewestFields !== undefined && { fewestFields }),
    lines: records.count,
    counts,
    rows: batch.count,
    firstReject,
    columns: fields.map(({ name, type }, index) => {
      const path = declared[index]?.path
      return {
        name,
        type: typeName(type),
        ...(path !== undefined && { path }),
        ...(index === epoch?.at && { unit: epoch.unit }),
        isReserved: reserved.has(name.toUpperCase()),
        first: cells?.[index],
      }
    }),
    eventTime:
      at === undefined || column === undefined
        ? undefined
        : {
            column,
            ...(epoch !== undefined && { unit: epoch.unit }),
            disorderMs: disorderOf(epoch?.times ?? timesOf(batch, at)),
          },
  }
}

/** Each column as a pipeline file declares it, where it has to; the columns of a format inside are the last. */
function declaredIn({ fields, declared, inside }: OpenFormat): readonly (DeclaredColumn | undefined)[] {
  if (inside === undefined) return declared ?? fields.map(() => undefined)
  const own = fields.slice(0, fields.length - inside.format.fields.length).map((_, index) => declared?.[index])
  return [...own, ...declaredIn(inside.format)]
}

/** The first column that is an instant; else the first that is a time of some zone. */
function timeColumn(fields: readonly Field[]): number | undefined {
  const kinds = ['TIMESTAMP_LTZ', 'TIMESTAMP']
  return kinds.map((kind) => fields.findIndex(({ type }) => type.kind === kind)).find((index) => index >= 0)
}

/** The times of a column that is one, without NULL. */
function timesOf({ columns, count }: Batch, at: number): readonly number[] {
  const { values, nulls } = columns[at] as DoubleColumn
  return Array.from(values.subarray(0, count)).filter((_, row) => nulls?.[row] !== 1)
}

function disorderOf(times: readonly number[]): number {
  let latest = Number.NEGATIVE_INFINITY
  let most = 0
  for (const time of times) {
    latest = Math.max(latest, time)
    most = Math.max(most, latest - time)
  }
  return most
}
