/**
 * Reads Parquet files: of the columns that are asked for, a row group at a time, into columns. Nothing is an object per row.
 *
 *   file    "PAR1", row groups, metadata (Thrift), its length (4 bytes), "PAR1"
 *   group   a chunk of each column: see `pages.ts`
 *
 * The metadata, page headers and rare encodings are read by `hyparquet`; levels, dictionaries and plain values here, as each
 * value goes through them. What a file says of itself is not believed: each length has a limit, and damage is a Failure.
 */
import type { FileMetaData, RowGroup } from 'hyparquet'
import { parquetMetadata, parquetSchema } from 'hyparquet/src/metadata.js'
import { Failure } from '../../base/failure.ts'
import { type Batch, batchOfRows, type Column } from '../../record/column.ts'
import { sliceOf } from '../../record/slice.ts'
import type { Field } from '../../record/type.ts'
import { assemble, type LeafData } from './assemble.ts'
import { pagesOf } from './pages.ts'
import { columnsOfSchema, type Leaf, leavesOf, type Node, type ParquetColumn, type UnreadColumn } from './schema.ts'
import { BOUND_PARSERS, boundsOf, type ValueBounds } from './statistics.ts'
import { LeafValues } from './values.ts'

/** Where the bytes of a file come from. */
export type ByteSource = {
  /** For messages. */
  readonly name: string
  readonly size: number
  /** The bytes [from, to), in memory of the caller's. Rejects with a Failure where they cannot be read. */
  read(from: number, to: number): Uint8Array | Promise<Uint8Array>
}

export type ParquetFile = {
  readonly fields: readonly Field[]
  /** Columns that are left out. */
  readonly unread: readonly UnreadColumn[]
  readonly rows: number
  /** The row groups: their rows, and their bytes in the file. */
  readonly groups: readonly { readonly rows: number; readonly bytes: number }[]
  /** The program that wrote it, as it calls itself. */
  readonly writer: string | undefined
  /** What the file says of the values of a column in a row group; undefined: nothing. */
  bounds(group: number, column: number): ValueBounds | undefined
  /**
   * The rows of a group with some of the columns, by their indexes in `fields` and in that order, in batches of up to `most` rows.
   * Rejects with a Failure: `corrupt` for damage, `not-text` for what is not read.
   */
  read(group: number, columns: readonly number[], most?: number): AsyncGenerator<Batch>
}

const TRAILER_BYTES = 8
/** Most files have less metadata, and so need one read. */
const FIRST_READ = 64 << 10
const MOST_METADATA = 256 << 20
/** Rows of a group, and values of a column in one. */
const MOST_ROWS = 1 << 26
/** Rows of a batch, unless the caller says otherwise: as many as stay in a processor's cache. */
const BATCH_ROWS = 16_384

/** Opens a file: reads its metadata. Rejects with a Failure: `corrupt` where it is damaged or not whole, `not-text` where it is not read. */
export async function openParquet(source: ByteSource): Promise<ParquetFile> {
  const metadata = await metadataOf(source)
  return guarded(source, () => fileOf(source, metadata))
}

function fileOf(source: ByteSource, metadata: FileMetaData): ParquetFile {
  const { columns, unread } = columnsOfSchema(parquetSchema(metadata))
  const groups = metadata.row_groups.map((group) => ({ rows: Number(group.num_rows), bytes: bytesOf(group) }))
  const tooMany = groups.find(({ rows }) => !(rows >= 0 && rows <= MOST_ROWS))
  if (tooMany !== undefined)
    throw new Failure('limit', `has a row group of ${tooMany.rows} rows, and ${MOST_ROWS} are the most`)
  return {
    fields: columns.map(({ name, node }) => ({ name, type: node.type })),
    unread,
    rows: groups.reduce((sum, { rows }) => sum + rows, 0),
    groups,
    writer: metadata.created_by,
    bounds(group, column) {
      const node = columns[column]?.node
      if (node?.kind !== 'leaf' || node.leaf.maxRep > 0) return undefined
      const { statistics } = metadata.row_groups[group]?.columns[node.leaf.index]?.meta_data ?? {}
      return statistics === undefined ? undefined : boundsOf(statistics, node.leaf)
    },
    async *read(group, wanted, most = BATCH_ROWS) {
      const found = metadata.row_groups[group]
      const rows = groups[group]?.rows ?? 0
      if (found === undefined || rows === 0) return
      const read: Column[] = []
      try {
        for (const column of wanted) {
          read.push(await columnOf(source, { group: found, rows }, (columns[column] as ParquetColumn).node))
        }
      } catch (error) {
        throw failureIn(source, error)
      }
      for (let from = 0; from < rows; from += most) {
        const to = Math.min(rows, from + most)
        yield batchOfRows(
          to - from,
          read.map((column) => sliceOf(column, from, to)),
        )
      }
    },
  }
}

const bytesOf = ({ columns }: RowGroup): number =>
  columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0)

async function metadataOf(source: ByteSource): Promise<FileMetaData> {
  const { size } = source
  if (size < 4 + TRAILER_BYTES) throw notWhole(source)
  let from = Math.max(0, size - FIRST_READ)
  let bytes = await source.read(from, size)
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(-TRAILER_BYTES)
  const magic = end.toString('latin1', 4)
  if (magic === 'PARE')
    throw new Failure('not-text', `${source.name} is an encrypted Parquet file, which tailrace does not read`)
  if (end.length < TRAILER_BYTES || magic !== 'PAR1') throw notWhole(source)
  const length = end.readUInt32LE(0)
  if (length > size - TRAILER_BYTES - 4) throw notWhole(source)
  if (length > MOST_METADATA)
    throw new Failure('limit', `${source.name} has metadata of ${length} bytes, and ${MOST_METADATA} are the most`)
  if (length + TRAILER_BYTES > bytes.length) {
    from = size - length - TRAILER_BYTES
    bytes = await source.read(from, size)
  }
  return guarded(source, () => parquetMetadata(bytes, { parsers: BOUND_PARSERS, geoparquet: false }))
}

const notWhole = ({ name }: ByteSource): Failure =>
  new Failure('corrupt', `${name} is not a whole Parquet file: it does not end as one`, {
    hint: 'It may be half written, or cut off: copy or write it again.',
  })

/** The result of `work`; what it throws is a Failure with the name of the file. */
function guarded<Result>(source: ByteSource, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw failureIn(source, error)
  }
}

/** An error of this folder or of the library, which throws plain errors where bytes make no sense. */
function failureIn({ name }: ByteSource, error: unknown): Failure {
  if (!(error instanceof Failure)) {
    return new Failure('corrupt', `${name} is damaged: ${reasonOf(error)}`, { cause: error })
  }
  const { code, message, hint, cause } = error
  if (message.startsWith(name)) return error
  if (/^(has|is) /.test(message)) return new Failure(code, `${name} ${message}`, { hint, cause })
  const text = message.replace(/^damaged: /, '')
  return new Failure(code, code === 'corrupt' ? `${name} is damaged: ${text}` : `${name}: ${text}`, { hint, cause })
}

/** What an error says of the bytes. A type error is the library's, which misses a part of what the file says of itself. */
function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'what it says of its columns makes no sense'
  if (error instanceof RangeError) return 'what it says of its columns goes on beyond its end'
  return error instanceof Error ? error.message : String(error)
}

type Group = { readonly group: RowGroup; readonly rows: number }

async function columnOf(source: ByteSource, { group, rows }: Group, node: Node) {
  const leaves = new Map<number, LeafData>()
  for (const leaf of leavesOf(node)) leaves.set(leaf.index, await leafOf(source, { group, rows }, leaf))
  return assemble(node, leaves, rows)
}

async function leafOf(source: ByteSource, { group, rows }: Group, leaf: Leaf): Promise<LeafData> {
  const chunk = group.columns[leaf.index]
  const meta = chunk?.meta_data
  if (meta === undefined || chunk?.file_path !== undefined) {
    throw new Failure(
      'not-text',
      `${source.name} has columns that are encrypted or in other files, which tailrace does not read`,
    )
  }
  const entries = Number(meta.num_values)
  const { data_page_offset: data, dictionary_page_offset: dictionary } = meta
  const from = Number(dictionary === undefined || dictionary === 0n || dictionary > data ? data : dictionary)
  const to = from + Number(meta.total_compressed_size)
  const isFlat = leaf.maxRep === 0
  if (!(from >= 4 && to >= from && to <= source.size) || !(entries <= MOST_ROWS) || (isFlat && entries !== rows)) {
    throw new Failure(
      'corrupt',
      `${source.name} is damaged: column ${meta.path_in_schema.join('.')} lies outside of it`,
    )
  }
  const bytes = await source.read(from, to)
  if (bytes.length < to - from) throw new Failure('corrupt', 'is cut off')
  const values = new LeafValues(leaf, entries)
  const levels = new Levels(leaf, entries)
  for (const page of pagesOf(bytes, meta, leaf)) {
    if (page.kind === 'dictionary') values.addDictionary(page.count, page.values)
    else {
      levels.add(page)
      values.add(page.present, page.values)
    }
    if (levels.entries === entries) break
  }
  if (levels.entries !== entries) {
    throw new Failure(
      'corrupt',
      `damaged: ${meta.path_in_schema.join('.')} has ${levels.entries} values, not ${entries}`,
    )
  }
  return { leaf, entries, ...levels.end(), values: values.end() }
}

/** The levels of all pages of a chunk. */
class Levels {
  readonly #leaf: Leaf
  readonly #most: number
  #defs: Uint8Array | undefined
  readonly #reps: Uint8Array | undefined
  entries = 0

  constructor(leaf: Leaf, most: number) {
    this.#leaf = leaf
    this.#most = most
    this.#reps = leaf.maxRep === 0 ? undefined : new Uint8Array(most)
  }

  add(page: {
    readonly entries: number
    readonly defs: Uint8Array | undefined
    readonly reps: Uint8Array | undefined
  }): void {
    const at = this.entries
    if (at + page.entries > this.#most)
      throw new Failure('corrupt', `damaged: a column has more than ${this.#most} values`)
    if (page.defs !== undefined && this.#defs === undefined)
      this.#defs = new Uint8Array(this.#most).fill(this.#leaf.maxDef)
    if (page.defs !== undefined) this.#defs?.set(page.defs, at)
    if (page.reps !== undefined) this.#reps?.set(page.reps, at)
    this.entries = at + page.entries
  }

  end(): { readonly defs: Uint8Array | undefined; readonly reps: Uint8Array | undefined } {
    return { defs: this.#defs, reps: this.#reps }
  }
}
