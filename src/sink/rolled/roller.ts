/**
 * Decides what goes into which file: records that belong together by partition, folder and prefix, in the order of their
 * offsets, until the file is closed by time, size or count. Where the files are is the business of their store.
 *
 * A crash may move the boundary between two files, but never changes the content: `archive.ts` says why.
 */
import * as z from 'zod'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import type { Encoder } from '../../format/format.ts'
import { makeEncoder } from '../../format/write/encoders.ts'
import { type Field, typeName } from '../../record/type.ts'
import type { Delivery, SinkContext, SinkMistake, SinkRows, SinkState } from '../sink.ts'
import { UNFINISHED } from './archive.ts'
import { type DatedText, datedPath, datedPrefix, RecordPlaces, rounding } from './dated-path.ts'
import type { FileStore } from './file-store.ts'
import { type OpenFileState, OpenFiles } from './open-files.ts'
import type { FileCompression } from './packing.ts'

/** `parquet`: files grow as `ndjson` with a head of their own, of which Parquet is made once they are whole. */
export type RolledFormat = 'raw' | 'ndjson' | 'csv' | 'parquet'

export type RolledOptions = {
  readonly path: DatedText
  readonly prefix: DatedText | undefined
  readonly suffix: string | undefined
  readonly round: Duration | undefined
  readonly roll: Duration
  readonly roll_size: number | undefined
  readonly roll_count: number | undefined
  readonly format: RolledFormat
  readonly compression: FileCompression
  readonly max_open: number
}

const SUFFIXES = { raw: '.log', ndjson: '.ndjson', csv: '.csv', parquet: '.parquet' } as const

/** The options of every sink of rolled files, for the members of its schema. */
export function rolledOptions(defaults: {
  readonly roll: string
  readonly rollSize?: string
  readonly compression: FileCompression
}): { readonly [Name in keyof RolledOptions]: z.ZodType<RolledOptions[Name]> } {
  return {
    path: datedPath,
    prefix: datedPrefix.optional(),
    suffix: z
      .string()
      .regex(/^[^/\d][^/]*$/, 'expected the end of a name, as .log, without a slash, and without a digit in front')
      .refine((suffix) => !suffix.endsWith(UNFINISHED), `${UNFINISHED} is for files that are not whole`)
      .optional(),
    round: rounding.optional(),
    roll: duration.prefault(defaults.roll),
    roll_size: defaults.rollSize === undefined ? byteSize.optional() : byteSize.prefault(defaults.rollSize),
    roll_count: z.int().min(1).optional(),
    format: z.enum(['raw', 'ndjson', 'csv']).prefault('raw'),
    compression: z.enum(['none', 'gzip', 'zstd']).prefault(defaults.compression),
    max_open: z.int().min(1).max(1000).prefault(64),
  }
}

/** The mistake of files that are named by the event time of a topic that has none. */
export function undatedRows(
  { path, prefix }: Pick<RolledOptions, 'path' | 'prefix'>,
  { from, rowtime }: SinkRows,
): readonly SinkMistake[] {
  const dated = path.isDated ? 'path' : prefix?.isDated ? 'prefix' : undefined
  if (rowtime !== undefined || dated === undefined) return []
  const named = dated === 'path' ? 'folders' : 'files'
  const failure = new Failure('pipeline', `${from} has no event time to name ${named} by`, {
    hint: `Give the topic a watermark, or a ${dated} without %.`,
  })
  return [{ path: [dated], failure }]
}

/** `columns`: of files of Parquet, by their names and types. `parts`: the files that are not yet in the store. Files of tailrace 0.1.0 have no prefix, suffix and count. */
export type RollerState = {
  readonly life: string
  readonly format: RolledFormat
  readonly columns?: string | undefined
  readonly parts: readonly (Pick<OpenFileState, 'folder' | 'partition' | 'first' | 'last' | 'length'> &
    Partial<OpenFileState>)[]
}

/** The whole states of the files of a checkpoint; `name`: of the sink. */
export const wholeStates = ({ parts = [], format = 'raw' }: Partial<RollerState>, name: string): OpenFileState[] =>
  parts.map((part) => ({ prefix: name, suffix: SUFFIXES[format], count: 0, ...part }))

/** When the archive of a state was begun; now, if there is none. */
export const lifeOf = ({ life }: Partial<RollerState>, clock: Clock): string => life ?? lifeAt(clock)

/** Takes records to files, which a sink opens, flushes and closes. */
export class Roller {
  readonly #life: string
  readonly #format: RolledFormat
  readonly #columns: string | undefined
  readonly #count: number
  readonly #files: OpenFiles
  readonly #places: RecordPlaces
  readonly #encoder: Encoder | undefined

  constructor(life: string, options: RolledOptions, context: SinkContext, store: FileStore) {
    const { roll, roll_size: bytes, roll_count: count, format, max_open: most } = options
    const { disk, clock, name, fields } = context
    const encoder = format === 'raw' ? undefined : encoderOf(format, fields)
    const prefix = options.prefix ?? undatedText(name)
    this.#life = life
    this.#format = format
    this.#columns = format === 'parquet' ? columnsText(fields) : undefined
    this.#count = count ?? Number.POSITIVE_INFINITY
    this.#encoder = encoder
    this.#places = new RecordPlaces({ ...options, prefix }, context)
    this.#files = new OpenFiles({
      store,
      disk,
      clock,
      subject: `sink ${name}`,
      head: encoder?.head,
      suffix: options.suffix ?? SUFFIXES[format],
      limits: { after: roll, bytes: bytes ?? Number.POSITIVE_INFINITY, count: this.#count },
      most,
      warn: context.warn ?? (() => {}),
    })
  }

  /** Opens the files of the last checkpoint. Files in another format, or with other columns, do not grow any further. */
  async resume(before: Partial<RollerState>, name: string): Promise<void> {
    await this.#files.resume(wholeStates(before, name), this.#life)
    const isOther = before.format !== this.#format || before.columns !== this.#columns
    if (before.format !== undefined && isOther) await this.#files.closeAll()
  }

  async write(delivery: Delivery): Promise<undefined> {
    await this.#files.tryAgain()
    await this.#add(delivery)
    this.#files.write()
    await this.#files.closeDue()
  }

  async flush(): Promise<SinkState & RollerState> {
    await this.#files.closeDue()
    const columns = this.#columns === undefined ? {} : { columns: this.#columns }
    return { life: this.#life, format: this.#format, ...columns, parts: await this.#files.sync() }
  }

  /** Closes all files; when that resolves, the store has everything. */
  closeAll(): Promise<void> {
    return this.#files.closeAll()
  }

  /** Leaves the files as they are. When that resolves, none is on its way to the store any more. */
  abandon(): Promise<void> {
    return this.#files.abandon()
  }

  /** Adds runs of items that belong in one file: items are records, or rows where there is an encoder. */
  async #add({ partition, baseOffset, records, rows }: Delivery): Promise<void> {
    const encoder = this.#encoder
    const bytes = Buffer.from(records.bytes.buffer, records.bytes.byteOffset, records.bytes.length)
    const buckets =
      encoder === undefined ? this.#places.bucketsOfRecords(rows, records.count) : this.#places.bucketsOf(rows)
    const origin = encoder === undefined ? undefined : rows.origin
    const offsetOf = (item: number) => baseOffset + (origin === undefined ? item : (origin[item] as number))
    for (let from = 0, to = 0; from < buckets.length; from = to) {
      const bucket = buckets[from] as number
      for (to = from + 1; to < buckets.length && Object.is(buckets[to], bucket); ) to++
      const home = { ...this.#places.of(bucket), life: this.#life, partition }
      const stored = await this.#files.last(home)
      let first = from
      while (first < to && offsetOf(first) <= stored) first++
      while (first < to) {
        const file = await this.#files.fileFor(home, offsetOf(first))
        const end = Math.min(to, first + Math.max(1, this.#count - file.count))
        if (encoder === undefined) file.addRecords({ ...records, bytes }, first, end, baseOffset)
        else file.addRows(encoder.encode(rows, first, end), end - first, offsetOf(end - 1))
        await this.#files.closeIfFull(file)
        first = end
      }
    }
  }
}

/** Rows of Parquet grow as JSON, below a line that says what their columns are. */
function encoderOf(format: Exclude<RolledFormat, 'raw'>, fields: readonly Field[]): Encoder {
  if (format !== 'parquet') return makeEncoder(format, fields)
  const encoder = makeEncoder('ndjson', fields)
  return { head: Buffer.from(`${columnsText(fields)}\n`), encode: (...given) => encoder.encode(...given) }
}

/** The columns as a line of JSON: `[["path","STRING"], …]`. */
const columnsText = (fields: readonly Field[]): string =>
  JSON.stringify(fields.map(({ name, type }) => [name, typeName(type)]))

const undatedText = (text: string): DatedText => ({
  written: text.replaceAll('%', '%%'),
  isDated: false,
  unitMs: Number.POSITIVE_INFINITY,
  at: () => text,
  undated: text,
})

/** 1995-07-01T04:00:00.000Z as 19950701T040000000Z. */
const lifeAt = (clock: Clock): string => new Date(clock.now()).toISOString().replace(/[-:.]/g, '')
