/** Delimited text, `csv` and `tsv`: columns in order, named in the first line, declared, or both. */
import { Buffer } from 'node:buffer'
import { Failure } from '../../base/failure.ts'
import type { Records } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { type DeclaredColumn, declaredColumns, type WrittenColumns } from '../declared-columns.ts'
import { defineFormat, type Format, type OpenFormat, type RecordEncoder } from '../format.ts'
import { noColumns } from '../json/found.ts'
import { parsedDecoder } from '../scan/parsed-blocks.ts'
import { plainBytes } from '../scan/word.ts'
import { csvEncoder } from '../write/csv.ts'
import { linesWriter } from '../write/encode-rows.ts'
import { columnsAsTheyAre, writtenColumns } from '../write/written-columns.ts'
import { csvFit, findCsvColumns } from './found.ts'
import { headerCheck } from './head.ts'
import { openCsvKernel } from './kernel.ts'
import { CsvReader, OPEN_QUOTE, undouble } from './reader.ts'
import { joinLines } from './span.ts'

const LF = 10
const QUOTE = 34

export const csv: Format = delimited('csv', ',', 'Comma-separated values with quotes')
export const tsv: Format = delimited('tsv', '\t', 'Tab-separated values')

type Options = {
  readonly columns?: WrittenColumns | undefined
  /** Whether the first line of each file holds names. */
  readonly header?: boolean | undefined
  /** One byte. */
  readonly delimiter?: string | undefined
  /** A text that means NULL in a column of any type, besides '', which does in all columns but STRING. */
  readonly null?: string | undefined
  /**
   * The fewest fields of a record, whose last columns are NULL; undefined: as many as there are columns, or as most records
   * of the sample have.
   */
  readonly fewest_fields?: number | undefined
}

function delimited(name: string, usualDelimiter: string, what: string): Format {
  return defineFormat<Options>({
    name,
    summary: `${what}; columns are named in the first line, or declared in their order.`,
    options: ({ z, columns }) => ({
      columns: columns.optional(),
      header: z.boolean().optional(),
      delimiter: z.string().optional(),
      null: z.string().optional(),
      fewest_fields: z.int().min(1).optional(),
    }),
    open({ columns, delimiter = usualDelimiter, ...options }, sample) {
      const declared = columns === undefined ? undefined : declaredColumns(columns)
      return openDelimited({ name, delimiter, ...options, columns: declared }, sample)
    },
    fit(sample) {
      const byte = usualDelimiter.charCodeAt(0)
      return csvFit(joinSample(sample, byte), byte)
    },
    // The kernel that writes rows knows commas, and an empty field for NULL.
    ...(usualDelimiter === ',' && { writer: csvWriter }),
  })
}

function csvWriter({ columns, delimiter, null: nullText }: Options, rows: readonly Field[]): RecordEncoder {
  for (const [option, text] of Object.entries({ delimiter, null: nullText })) {
    if (text === undefined || (option === 'delimiter' && text === ',')) continue
    const message = `format csv: rows are written with commas, and an empty field for NULL, not with ${option}: ${JSON.stringify(text)}`
    throw new Failure('usage', message, { part: [option], hint: 'Leave it out, or take json.' })
  }
  if (columns === undefined) {
    const { fields, picks } = columnsAsTheyAre(rows)
    return linesWriter(csvEncoder, fields, picks)
  }
  const declared = declaredColumns(columns)
  const { fields, picks } = writtenColumns('csv', declared, rows)
  if (fields.length === declared.length) return linesWriter(csvEncoder, fields, picks)
  const missing = declared.flatMap(({ field: { name } }) => (rows.some((row) => row.name === name) ? [] : [name]))
  throw new Failure('usage', `format csv: the rows have no column ${missing.join(', ')}`, {
    part: ['columns', ...missing.slice(0, 1)],
    hint: `Their columns are ${rows.map(({ name }) => name).join(', ')}.`,
  })
}

export type DelimitedOptions = Omit<Options, 'columns'> & {
  /** Of the format, for messages. */
  readonly name: string
  readonly delimiter: string
  /** Undefined: those of the sample. */
  readonly columns: readonly DeclaredColumn[] | undefined
}

/** Delimited text with these columns. Throws like `Format.open`. */
export function openDelimited(options: DelimitedOptions, sample: Records | undefined): OpenFormat {
  const { name, columns, header, delimiter, null: nullText, fewest_fields: fewestFields } = options
  const byte = delimiterByte(name, delimiter)
  // A topic has no first line: where columns are declared, there is a head only if `header` says so.
  const hasHead = header ?? columns === undefined
  if (columns === undefined && sample === undefined) throw noColumns(name)
  const joined = sample === undefined ? undefined : joinSample(sample, byte)
  const found =
    columns === undefined ? findCsvColumns(joined, byte, hasHead, nullText) : { columns, fewest: columns.length }
  const fewest = fewestFields ?? found.fewest
  if (fewest > found.columns.length) throw tooManyFields(name, fewest, found.columns.length)
  const shape = {
    delimiter: byte,
    fewest,
    nullText: nullText === undefined ? undefined : plainBytes(Buffer.from(nullText)),
  }
  const fields = found.columns.map((column) => column.field)
  return {
    fields,
    declared: found.columns,
    rowtime: undefined,
    skipsFirstLine: hasHead,
    ...(fewest < found.columns.length && { fewestFields: fewest }),
    firstRecord: headerCheck(fields, byte, columns === undefined),
    spanning: {
      openReason: OPEN_QUOTE,
      sign: QUOTE,
      isSeen: joined !== undefined && hasSpans(joined),
      join: (lines, isEnd, bounds) => joinLines(lines, byte, isEnd, bounds),
    },
    decoder: (wanted) =>
      parsedDecoder(found.columns, wanted, (parsed, scratch) => ({
        reader: new CsvReader(parsed, shape, scratch),
        open: (room) => openCsvKernel(parsed, shape, room),
        plainText: undouble,
      })),
  }
}

const tooManyFields = (format: string, fewest: number, columns: number): Failure =>
  new Failure('usage', `format ${format}: fewest_fields is ${fewest}, and there are only ${columns} columns`, {
    part: ['fewest_fields'],
  })

/** The records of a sample. Its last one may be cut off; but a quote that does not close in half of it is a stray one. */
function joinSample(sample: Records, delimiter: number): Records {
  const { records, rest } = joinLines(sample, delimiter, false)
  return 2 * rest >= sample.count ? records : joinLines(sample, delimiter, true).records
}

/** Whether a record has more than one line. */
function hasSpans({ bytes, start, end, count }: Records): boolean {
  for (let i = 0; i < count; i++) if (bytes.subarray(start[i], end[i]).includes(LF)) return true
  return false
}

function delimiterByte(name: string, delimiter: string): number {
  const byte = delimiter.charCodeAt(0)
  if (delimiter.length === 1 && byte < 0x80 && !'"\r\n'.includes(delimiter)) return byte
  throw new Failure(
    'usage',
    `format ${name}: the delimiter is to be one ASCII character, not ${JSON.stringify(delimiter)}`,
    { part: ['delimiter'] },
  )
}
