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
import { type Delivery, defineSink, type Sink, type SinkContext, type SinkType } from '../sink.ts'
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
    return openFiles(options, context)
  },
})

/** `parts`: the files that grow. */
type FilesState = {
  readonly life: string
  readonly format: Options['format']
  readonly parts: readonly OpenFileState[]
}

/** Opens the files of the last checkpoint. */
async function openFiles(options: Options, context: SinkContext): Promise<Sink> {
  const { path, roll, max_open: limit, format } = options
  const { name, folder, fields, disk, clock } = context
  const before = (context.state ?? {}) as Partial<FilesState>
  const { life = lifeAt(clock), format: formatBefore = format, parts = [] } = before
  const encoder = format === 'raw' ? undefined : makeEncoder(format, fields)
  const archive = { disk, folder, name, life, extension: EXTENSIONS[format] }
  const growing = new OpenFiles({ archive, head: encoder?.head, roll, limit, clock })
  growing.resume(parts, EXTENSIONS[formatBefore])
  // Files in another format do not grow any further.
  if (formatBefore !== format) await growing.closeAll()
  const folders = new Folders(path, context)
  return {
    async write(delivery) {
      await addTo(growing, folders, delivery, encoder)
      growing.write()
      await growing.closeDue()
      return undefined
    },
    async flush() {
      await growing.closeDue()
      return { life, format, parts: await growing.sync() } satisfies FilesState
    },
    async [Symbol.asyncDispose]() {
      try {
        await growing.closeAll()
      } catch (error) {
        // The files stay as they are: the checkpoint says how much of them is true.
        if (!(error instanceof Failure && error.retryable)) throw error
      } finally {
        growing.abandon()
      }
    },
  }
}

/** Adds runs of items that belong in one folder: items are records, or rows where there is an encoder. */
async function addTo(
  growing: OpenFiles,
  folders: Folders,
  { partition, baseOffset, records, rows }: Delivery,
  encoder: Encoder | undefined,
): Promise<void> {
  const bytes = Buffer.from(records.bytes.buffer, records.bytes.byteOffset, records.bytes.length)
  const buckets = encoder === undefined ? folders.bucketsOfRecords(rows, records.count) : folders.bucketsOf(rows)
  const origin = encoder === undefined ? undefined : rows.origin
  const offsetOf = (item: number) => baseOffset + (origin === undefined ? item : (origin[item] as number))
  for (let from = 0, to = 0; from < buckets.length; from = to) {
    const bucket = buckets[from] as number
    for (to = from + 1; to < buckets.length && Object.is(buckets[to], bucket); ) to++
    const folder = folders.of(bucket)
    const stored = growing.last(folder, partition)
    let first = from
    while (first < to && offsetOf(first) <= stored) first++
    if (first === to) continue
    const file = await growing.fileFor(folder, partition, offsetOf(first))
    if (encoder === undefined) file.addRecords({ ...records, bytes }, first, to, baseOffset)
    else file.addRows(encoder.encode(rows, first, to), offsetOf(to - 1))
  }
}

/** 1995-07-01T04:00:00.000Z as 19950701T040000000Z. */
const lifeAt = (clock: Clock): string => new Date(clock.now()).toISOString().replace(/[-:.]/g, '')
