/** The rows of a lookup table's content, decoded by the formats that records have, into columns of their own. */
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { counted } from '../../base/units.ts'
import { hasMark, MARK_BYTES } from '../../bytes/mark.ts'
import type { LookupContent } from '../../engine/lookup/content.ts'
import { RowStore } from '../../engine/sort/row-store.ts'
import { openDelimited } from '../../format/csv/csv.ts'
import { fieldsOf } from '../../format/csv/reader.ts'
import { joinLines } from '../../format/csv/span.ts'
import type { DeclaredColumn } from '../../format/declared-columns.ts'
import type { OpenFormat } from '../../format/format.ts'
import { beginsDocument, documentHead } from '../../format/json/document.ts'
import { openJson } from '../../format/json/json.ts'
import type { Records } from '../../record/column.ts'
import { makeRecords } from '../../record/lines-split.ts'
import { linesWithin } from '../../record/lines-within.ts'
import { STRING } from '../../record/type.ts'
import type { LookupContext } from './lookup.ts'

type LookupFormat = 'csv' | 'tsv' | 'json' | 'parquet'
/** Formats whose rows are records in text. */
type TextFormat = Exclude<LookupFormat, 'parquet'>

type Delimited = {
  readonly format?: LookupFormat | undefined
  readonly delimiter?: string | undefined
  readonly null?: string | undefined
  /** Whether the first record of CSV has the names of the columns; by default it has. */
  readonly header?: boolean | undefined
}

export type WrittenTable = Delimited & { readonly path: string }

export type DecodedRows = {
  readonly content: LookupContent
  /** Where a row stands: `line 3`. */
  placeOf(row: number): string
}

const MOST_ROWS = 10_000_000
/** Records that are decoded at a time. */
const STRIP = 1 << 16
/** Records that are named where some are no rows. */
const NAMED = 5
const LF = 10
const CR = 13

/** The format that the options say, or the name, or else the first bytes. */
export function tableFormat(bytes: Uint8Array, { format, path }: WrittenTable): LookupFormat {
  if (format !== undefined) return format
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PAR1') return 'parquet'
  const [, ending = ''] = /\.(\w+)$/.exec(path.toLowerCase()) ?? []
  if (ending === 'csv' || ending === 'tsv' || ending === 'parquet') return ending
  if (['json', 'jsonl', 'ndjson'].includes(ending)) return 'json'
  const head = Buffer.from(bytes.subarray(hasMark(bytes) ? MARK_BYTES : 0, 4096))
    .toString('latin1')
    .trimStart()
  if (head.startsWith('{') || head.startsWith('[')) return 'json'
  return (head.split('\n')[0] ?? '').includes('\t') ? 'tsv' : 'csv'
}

/** All rows of a content. Throws a Failure with what is wrong in it. */
export function tableRows(
  bytes: Uint8Array,
  options: WrittenTable & { readonly format: TextFormat },
  context: LookupContext,
): DecodedRows {
  const { path, format: kind } = options
  const { format, wanted, records } =
    kind === 'json' ? jsonRecords(bytes, context) : delimitedRecords(bytes, options, kind, context)
  refuseMany(path, records.count)
  const lineOf = (record: number) => lineAt(bytes, records.start[record] as number)
  const rows = new RowStore(context.columns.map(({ field }) => field))
  const decode = format.decoder(wanted)
  const wrong: string[] = []
  let refused = 0
  for (let from = 0; from < records.count; from += STRIP) {
    const count = Math.min(STRIP, records.count - from)
    const [start, end] = [records.start.subarray(from, from + count), records.end.subarray(from, from + count)]
    const batch = decode(
      { bytes: records.bytes, start, end, count },
      {
        add(record, _, reason) {
          if (refused++ < NAMED) wrong.push(`line ${lineOf(from + record)}: ${reason}`)
        },
      },
    )
    rows.append(batch, undefined, batch.count)
  }
  if (refused > 0) {
    const more = refused > NAMED ? `, and ${refused - NAMED} more` : ''
    throw new Failure(
      'corrupt',
      `${path}: ${counted(refused, 'record is', 'records are')} no rows: ${wrong.join('; ')}${more}`,
    )
  }
  // What was decoded is copied: arrays and bytes of a decoder are written over when it is used again.
  return { content: rows.snapshot(), placeOf: (row) => `line ${lineOf(row)}` }
}

/** Throws a Failure where a table has too many rows. */
export function refuseMany(path: string, rows: number): void {
  if (rows <= MOST_ROWS) return
  const most = MOST_ROWS.toLocaleString('en')
  throw new Failure('limit', `${path} has ${counted(rows, 'row')}, and a lookup table at most ${most}`)
}

type Reading = { readonly format: OpenFormat; readonly wanted: readonly number[]; readonly records: Records }

function jsonRecords(bytes: Uint8Array, { columns }: LookupContext): Reading {
  const lines = beginsDocument(bytes) ? documentHead(bytes) : bytes
  return { format: openJson(columns), wanted: [...columns.keys()], records: withoutBlank(linesOf(lines)) }
}

function delimitedRecords(
  bytes: Uint8Array,
  options: WrittenTable,
  name: 'csv' | 'tsv',
  context: LookupContext,
): Reading {
  const { delimiter = name === 'csv' ? ',' : '\t', header = true } = options
  const lines = withoutBlank(linesOf(bytes))
  const { records: all } = joinLines(lines, delimiter.charCodeAt(0), true)
  const reading = (columns: readonly DeclaredColumn[], records: Records): Reading => {
    const format = openDelimited({ name, delimiter, null: options.null, header: false, columns }, undefined)
    return { format, wanted: context.columns.map((column) => columns.indexOf(column)), records }
  }
  if (!header) return reading(context.columns, all)
  if (all.count === 0) {
    throw new Failure('corrupt', `${options.path} is empty: its first line is to have the names of the columns`)
  }
  const head = fieldsOf(all.bytes.subarray(all.start[0], all.end[0]), delimiter.charCodeAt(0)) ?? []
  const columns = inOrderOf(
    head.map((text) => text.trim()),
    options,
    context,
  )
  const records = { bytes: all.bytes, start: all.start.subarray(1), end: all.end.subarray(1), count: all.count - 1 }
  return reading(columns, records)
}

/** A column for each name of the head: the declared one, or one that is not wanted. Throws a Failure where one is missing. */
function inOrderOf(
  head: readonly string[],
  { path }: WrittenTable,
  { columns }: LookupContext,
): readonly DeclaredColumn[] {
  const storedAs = ({ field, path: stored = [field.name] }: DeclaredColumn) => stored.join('.')
  const missing = columns.find((column) => !head.includes(storedAs(column)))
  if (missing !== undefined) {
    const near = nearest(storedAs(missing), [...head])
    const all = `The first line has ${head.join(', ')}. Where it is no header, write header: false.`
    const hint = near === undefined ? all : `Did you mean "${near}"? ${all}`
    throw new Failure('corrupt', `${path} has no column ${storedAs(missing)}`, { hint })
  }
  return head.map((name, index) => {
    const declared = columns.find((column) => storedAs(column) === name)
    const isFirst = head.indexOf(name) === index
    return declared !== undefined && isFirst ? declared : { field: { name: `${name} ${index + 1}`, type: STRING } }
  })
}

function linesOf(bytes: Uint8Array): Records {
  const within = { limit: Number.POSITIVE_INFINITY, tooLong: () => undefined, position: 0, isStart: true }
  return linesWithin(bytes, within, makeRecords(1024))
}

/** The lines that have more than a line end. */
function withoutBlank({ bytes, start, end, count }: Records): Records {
  const kept = { bytes, start: new Int32Array(count), end: new Int32Array(count), count: 0 }
  for (let line = 0; line < count; line++) {
    const [from, to] = [start[line] as number, end[line] as number]
    if (to === from || (to === from + 1 && bytes[from] === CR)) continue
    kept.start[kept.count] = from
    kept.end[kept.count++] = to
  }
  return kept
}

/** The number of the line, from 1 on, in which a byte stands. */
function lineAt(bytes: Uint8Array, position: number): number {
  let line = 1
  for (let at = bytes.indexOf(LF); at >= 0 && at < position; at = bytes.indexOf(LF, at + 1)) line++
  return line
}
