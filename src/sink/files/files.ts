/**
 * Keeps records in folders by event time, as they came (`raw`) or as rows (`ndjson`, `csv`), in files that are closed after a
 * while. A crash may move the boundary between two files, but never changes the content: `file-home.ts` says why.
 *
 * Records without an event time, because they cannot be decoded or their time is NULL, go to a folder `undated`.
 */
import { resolve } from 'node:path'
import * as z from 'zod'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { shortForm } from '../../base/options.ts'
import { duration } from '../../base/unit-options.ts'
import type { Encoder } from '../../format/format.ts'
import { makeEncoder } from '../../format/write/encoders.ts'
import { type Delivery, defineSink, type Sink, type SinkContext, type SinkState, type SinkType } from '../sink.ts'
import { type DatedPath, datedPath, Folders } from './folders.ts'
import { type OpenFileState, OpenFiles } from './open-files.ts'
import { lostFiles } from './rolled-file.ts'

type Options = {
  readonly path: DatedPath
  readonly roll: number
  readonly format: 'raw' | 'ndjson' | 'csv'
  readonly max_open: number
}

const EXTENSIONS = { raw: '.log', ndjson: '.ndjson', csv: '.csv' } as const

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
  // The folder of one day stands for all: paths that are the same on one day are the same on every day.
  owns: ({ path }, folder) => resolve(folder, path.folder(0)),
  lost(state: Partial<FilesState>, options, where) {
    const { life = '', format = options.format, parts = [] } = state
    const archive = { ...where, life, extension: EXTENSIONS[format] }
    return parts.flatMap(({ folder: within, partition, ...kept }) => lostFiles({ ...archive, within, partition }, kept))
  },
  async open(options, context) {
    if (options.path.isDated && context.rowtime === undefined) {
      throw new Failure('pipeline', `sink ${context.name}: ${context.from} has no event time to name folders by`, {
        hint: 'give the topic a watermark, or a path without %',
      })
    }
    return FilesSink.open(options, context)
  },
})

/** `parts`: the files that grow. */
type FilesState = {
  readonly life: string
  readonly format: Options['format']
  readonly parts: readonly OpenFileState[]
}

class FilesSink implements Sink {
  readonly #options: Options
  readonly #encoder: Encoder | undefined
  readonly #folders: Folders
  readonly #files: OpenFiles
  readonly #life: string

  private constructor(options: Options, context: SinkContext, life: string) {
    const { format, path, roll, max_open: limit } = options
    const { name, folder, fields, disk, clock } = context
    this.#options = options
    this.#encoder = format === 'raw' ? undefined : makeEncoder(format, fields)
    this.#folders = new Folders(path, context)
    this.#life = life
    const archive = { disk, folder, name, life, extension: EXTENSIONS[format] }
    this.#files = new OpenFiles({ archive, head: this.#encoder?.head, roll, limit, clock })
  }

  static async open(options: Options, context: SinkContext): Promise<Sink> {
    const state = (context.state ?? {}) as Partial<FilesState>
    const { life = lifeAt(context.clock), format = options.format, parts = [] } = state
    const sink = new FilesSink(options, context, life)
    sink.#files.resume(parts, EXTENSIONS[format])
    // Files in another format do not grow any further.
    if (format !== options.format) await sink.#files.closeAll()
    return sink
  }

  /** Writes runs of items that belong in one folder: items are records, or rows where rows are written. */
  async write({ partition, baseOffset, records, rows }: Delivery): Promise<undefined> {
    const encoder = this.#encoder
    const bytes = Buffer.from(records.bytes.buffer, records.bytes.byteOffset, records.bytes.length)
    const buckets =
      encoder === undefined ? this.#folders.bucketsOfRecords(rows, records.count) : this.#folders.bucketsOf(rows)
    const origin = encoder === undefined ? undefined : rows.origin
    const offsetOf = (item: number) => baseOffset + (origin === undefined ? item : (origin[item] as number))
    for (let from = 0, to = 0; from < buckets.length; from = to) {
      const bucket = buckets[from] as number
      for (to = from + 1; to < buckets.length && Object.is(buckets[to], bucket); ) to++
      const folder = this.#folders.of(bucket)
      const stored = this.#files.last(folder, partition)
      let first = from
      while (first < to && offsetOf(first) <= stored) first++
      if (first === to) continue
      const file = await this.#files.growing(folder, partition, offsetOf(first))
      if (encoder !== undefined) file.addRows(encoder.encode(rows, first, to), offsetOf(to - 1))
      else
        for (let i = first; i < to; i++)
          file.addRecord(bytes, records.start[i] as number, records.end[i] as number, offsetOf(i))
    }
    this.#files.write()
    await this.#files.closeDue()
  }

  async flush(): Promise<SinkState> {
    await this.#files.closeDue()
    const state: FilesState = { life: this.#life, format: this.#options.format, parts: await this.#files.sync() }
    return state
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#files.closeAll()
    } catch (error) {
      // The files stay as they are: the checkpoint says how much of them is true.
      if (!(error instanceof Failure && error.retryable)) throw error
    } finally {
      this.#files.abandon()
    }
  }
}

/** 1995-07-01T04:00:00.000Z as 19950701T040000000Z. */
const lifeAt = (clock: Clock): string => new Date(clock.now()).toISOString().replace(/[-:.]/g, '')
