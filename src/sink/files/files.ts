/**
 * Keeps records in folders by event time, as they came (`raw`) or as rows (`ndjson`, `csv`), in parts that are closed after a
 * while: see `part.ts` for why a crash may move the boundary between two parts, but never the content.
 *
 * What has no event time, because it could not be decoded or its time is NULL, goes to a folder `undated`.
 */
import { resolve } from 'node:path'
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { shortForm } from '../../base/options.ts'
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import { duration } from '../../base/unit-options.ts'
import type { Encoder } from '../../format/format.ts'
import { csvEncoder } from '../../format/write/csv.ts'
import { ndjsonEncoder } from '../../format/write/json.ts'
import type { Batch } from '../../record/column.ts'
import { type Delivery, defineSink, type Sink, type SinkContext, type SinkState, type SinkType } from '../sink.ts'
import { type DatedPath, datedPath } from './dated-path.ts'
import { lastOffsetIn, lostPart, Part, type PartHome, type PartState } from './part.ts'

type Options = {
  readonly path: DatedPath
  readonly roll: number
  readonly format: 'raw' | 'ndjson' | 'csv'
  readonly max_open: number
}

const EXTENSIONS = { raw: '.log', ndjson: '.ndjson', csv: '.csv' } as const
/** Names and ends remembered; beyond that they are found again. */
const KNOWN_LIMIT = 1000

export const files: SinkType = defineSink<Options>({
  name: 'files',
  summary: 'Keeps records, as they came or as rows, in folders by event time.',
  writes: 'idempotent',
  options: shortForm(
    'path',
    z.strictObject({
      path: datedPath,
      roll: duration.prefault('10m'),
      format: z.enum(['raw', 'ndjson', 'csv']).prefault('raw'),
      max_open: z.int().min(1).max(1000).prefault(64),
    }),
  ),
  // Of one day, for all of them: paths that are the same on any day are the same.
  owns: ({ path }, folder) => resolve(folder, path.folder(0)),
  lost: lostParts,
  async open(options, context) {
    if (options.path.isDated && context.rowtime === undefined) {
      throw new Failure('pipeline', `sink ${context.name}: ${context.from} has no event time to name folders by`, {
        hint: 'give the topic a watermark, or a path without %',
      })
    }
    const sink = new FilesSink(options, context)
    if (sink.wroteOtherwise) await sink.closeAll()
    return sink
  },
})

type OpenPart = PartState & { readonly folder: string; readonly partition: number }

type FilesState = { readonly life: string; readonly format: Options['format']; readonly parts: readonly OpenPart[] }

type LookingAt = Pick<SinkContext, 'disk' | 'folder' | 'name'>

/** Parts that were growing, and neither grow on nor were closed since. */
function lostParts(state: SinkState, { format }: Options, { disk, folder, name }: LookingAt) {
  const { life = '', format: before = format, parts = [] } = state as Partial<FilesState>
  return parts.flatMap(({ folder: within, partition, ...part }) => {
    const home = {
      disk,
      folder: resolve(folder, within),
      prefix: prefixOf(name, life, partition),
      extension: EXTENSIONS[before],
    }
    return lostPart(home, part)
  })
}

const prefixOf = (name: string, life: string, partition: number): string => `${name}-${life}-p${partition}-`

class FilesSink implements Sink {
  readonly #options: Options
  readonly #context: SinkContext
  readonly #zone: ZoneRules
  readonly #encoder: Encoder | undefined
  /** When the archive was begun, as a part of every name: offsets of another life are other records. */
  readonly #life: string
  /** By folder and partition, the one longest not written to first. */
  readonly #parts = new Map<string, { readonly folder: string; readonly partition: number; readonly part: Part }>()
  /** By folder and partition, the greatest offset of its closed parts. */
  readonly #closed = new Map<string, number>()
  /** Names of folders by their bucket of time; undated things are at NaN. */
  readonly #folders = new Map<number, string>()

  /** Whether the parts of the checkpoint are in another format: they are closed before anything is written. */
  readonly wroteOtherwise: boolean

  constructor(options: Options, context: SinkContext) {
    this.#options = options
    this.#context = context
    this.#zone = zoneRules(context.timezone)
    const { format } = options
    this.#encoder =
      format === 'raw' ? undefined : format === 'csv' ? csvEncoder(context.fields) : ndjsonEncoder(context.fields)
    const { life, format: before = format, parts = [] } = (context.state ?? {}) as Partial<FilesState>
    this.#life = life ?? new Date(context.clock.now()).toISOString().replace(/[-:.]/g, '')
    this.wroteOtherwise = before !== format
    for (const { folder, partition, ...state } of parts) {
      const home = { ...this.#home(folder, partition), extension: EXTENSIONS[before] }
      const part = Part.resume(home, state, context.clock.elapsed(), `sink ${context.name}`)
      if (part !== undefined) this.#parts.set(keyOf(folder, partition), { folder, partition, part })
    }
  }

  async write(delivery: Delivery): Promise<undefined> {
    if (this.#encoder === undefined) await this.#writeRecords(delivery)
    else await this.#writeRows(delivery, this.#encoder)
    for (const { part } of this.#parts.values()) part.write()
    await this.#closeDue()
  }

  async flush(): Promise<SinkState> {
    await this.#closeDue()
    for (const { part } of this.#parts.values()) await part.sync()
    const open = [...this.#parts.values()]
    return {
      life: this.#life,
      format: this.#options.format,
      parts: open.map(({ folder, partition, part }): OpenPart => ({ folder, partition, ...part.state })),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.closeAll()
    } catch (error) {
      // The parts stay as they are: the checkpoint says how far they are true.
      if (!(error instanceof Failure && error.retryable)) throw error
    } finally {
      for (const { part } of this.#parts.values()) part.abandon()
      this.#parts.clear()
    }
  }

  async closeAll(): Promise<void> {
    for (const key of [...this.#parts.keys()]) await this.#close(key)
  }

  async #writeRecords({ partition, baseOffset, records, rows }: Delivery): Promise<void> {
    const { start, end, count } = records
    const bytes = Buffer.from(records.bytes.buffer, records.bytes.byteOffset, records.bytes.length)
    const { origin } = rows
    const buckets = this.#bucketsOf(rows)
    let row = 0
    let bucket = Number.POSITIVE_INFINITY
    let target: Part | undefined
    let stored = -1
    for (let record = 0; record < count; record++) {
      const isRow = row < rows.count && (origin === undefined || origin[row] === record)
      const wanted = isRow ? (buckets[row++] as number) : Number.NaN
      if (!Object.is(wanted, bucket)) {
        bucket = wanted
        target = this.#partAt(bucket, partition)
        stored = this.#storedAt(bucket, partition)
      }
      const offset = baseOffset + record
      if (offset <= stored) continue
      target ??= await this.#start(bucket, partition, offset)
      target.addRecord(bytes, start[record] as number, end[record] as number, offset)
    }
  }

  async #writeRows({ partition, baseOffset, rows }: Delivery, encoder: Encoder): Promise<void> {
    const buckets = this.#bucketsOf(rows)
    const offsetOf = (row: number) => baseOffset + (rows.origin === undefined ? row : (rows.origin[row] as number))
    for (let from = 0, to = 0; from < rows.count; from = to) {
      const bucket = buckets[from] as number
      for (to = from + 1; to < rows.count && Object.is(buckets[to], bucket); ) to++
      const stored = this.#storedAt(bucket, partition)
      let first = from
      while (first < to && offsetOf(first) <= stored) first++
      if (first === to) continue
      const part = this.#partAt(bucket, partition) ?? (await this.#start(bucket, partition, offsetOf(first)))
      part.addRows(encoder.encode(rows, first, to), offsetOf(to - 1))
    }
  }

  /** For each row the multiple of the path's unit that its time is in, by the pipeline's wall clock; NaN: undated. */
  #bucketsOf({ columns, count }: Batch): Float64Array {
    const buckets = new Float64Array(count)
    const { rowtime } = this.#context
    const column = rowtime === undefined ? undefined : columns[rowtime]
    if (column?.kind !== 'double' || !this.#options.path.isDated) return buckets
    const unit = this.#options.path.unitMs
    const isInstant = this.#context.fields[rowtime ?? 0]?.type.kind === 'TIMESTAMP_LTZ'
    for (let row = 0; row < count; row++) {
      const time = column.values[row] as number
      const wall = isInstant ? time + this.#zone.offsetAt(time) : time
      buckets[row] = column.nulls?.[row] === 1 ? Number.NaN : Math.floor(wall / unit)
    }
    return buckets
  }

  #folderOf(bucket: number): string {
    const known = this.#folders.get(bucket)
    if (known !== undefined) return known
    const { path } = this.#options
    const folder = Number.isNaN(bucket) ? path.undated : path.folder(bucket * path.unitMs)
    if (this.#folders.size >= KNOWN_LIMIT) this.#folders.clear()
    this.#folders.set(bucket, folder)
    return folder
  }

  #partAt(bucket: number, partition: number): Part | undefined {
    return this.#parts.get(keyOf(this.#folderOf(bucket), partition))?.part
  }

  /** The greatest offset of a folder and partition that is stored already. */
  #storedAt(bucket: number, partition: number): number {
    const folder = this.#folderOf(bucket)
    const key = keyOf(folder, partition)
    const open = this.#parts.get(key)
    if (open !== undefined) {
      // Written to just now: it goes to the end of the line of those that may be closed.
      this.#parts.delete(key)
      this.#parts.set(key, open)
      return open.part.last
    }
    const closed = this.#closed.get(key) ?? lastOffsetIn(this.#home(folder, partition))
    if (this.#closed.size >= KNOWN_LIMIT) this.#closed.clear()
    this.#closed.set(key, closed)
    return closed
  }

  async #start(bucket: number, partition: number, first: number): Promise<Part> {
    const folder = this.#folderOf(bucket)
    const [oldest] = this.#parts.keys()
    if (oldest !== undefined && this.#parts.size >= this.#options.max_open) await this.#close(oldest)
    const home = this.#home(folder, partition)
    const part = await Part.start(home, first, this.#encoder?.head, this.#context.clock.elapsed())
    this.#parts.set(keyOf(folder, partition), { folder, partition, part })
    return part
  }

  async #closeDue(): Promise<void> {
    const before = this.#context.clock.elapsed() - this.#options.roll
    for (const [key, { part }] of [...this.#parts]) if (part.openedAt <= before) await this.#close(key)
  }

  async #close(key: string): Promise<void> {
    const open = this.#parts.get(key)
    if (open === undefined) return
    await open.part.close()
    this.#parts.delete(key)
    this.#closed.set(key, open.part.last)
  }

  #home(folder: string, partition: number): PartHome {
    return {
      disk: this.#context.disk,
      folder: resolve(this.#context.folder, folder),
      prefix: prefixOf(this.#context.name, this.#life, partition),
      extension: EXTENSIONS[this.#options.format],
    }
  }
}

const keyOf = (folder: string, partition: number): string => `${partition}/${folder}`
