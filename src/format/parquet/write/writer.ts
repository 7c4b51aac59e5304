/**
 * Writes rows as a Parquet file, a row group at a time. The values of a group are kept until it is full, so its size bounds the
 * memory; what was written is handed over at once, and only the places of what was written are kept for the end.
 *
 * Pages, their encodings and the metadata are written by `hyparquet-writer`. Its own loop over the columns of a group is written
 * here once more, as packing a group takes a good part of a second: other work gets its turn between two columns.
 */
import type { ColumnChunk, SchemaTree } from 'hyparquet'
import { parquetSchema } from 'hyparquet/src/metadata.js'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { writeColumn } from 'hyparquet-writer/src/column.js'
import { encodeNestedValues } from 'hyparquet-writer/src/dremel.js'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import type { Compressors } from 'hyparquet-writer/src/types.js'
import type { Batch, Column } from '../../../record/column.ts'
import type { Field } from '../../../record/type.ts'
import { schemaOf } from './elements.ts'
import { addValues, type ParquetValue } from './values.ts'

export type ParquetCompression = 'none' | 'snappy' | 'gzip' | 'zstd'

const CODECS = { none: 'UNCOMPRESSED', snappy: 'SNAPPY', gzip: 'GZIP', zstd: 'ZSTD' } as const
const PAGE_BYTES = 1 << 20

/** Rows on their way into one file. */
export class ParquetRows {
  readonly #fields: readonly Field[]
  readonly #bytes = new ByteWriter()
  readonly #writer: ParquetWriter
  readonly #root: SchemaTree
  readonly #compressors: Compressors
  #values: ParquetValue[][]
  #rows = 0

  constructor(fields: readonly Field[], compression: ParquetCompression) {
    this.#fields = fields
    const { gzipSync, zstdCompressSync } = process.getBuiltinModule('node:zlib')
    const schema = schemaOf(fields)
    this.#compressors = {
      SNAPPY: snappyCompress,
      GZIP: (bytes) => gzipSync(bytes),
      ZSTD: (bytes) => zstdCompressSync(bytes),
    }
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema,
      codec: CODECS[compression],
      compressors: this.#compressors,
      createdBy: 'tailrace',
    })
    this.#root = parquetSchema({ schema })
    this.#values = fields.map(() => [])
  }

  /** Rows of the row group that has not been written yet. */
  get rows(): number {
    return this.#rows
  }

  /** Adds rows to the row group. */
  add({ columns, count }: Batch): void {
    this.#fields.forEach(({ type }, index) => {
      addValues(type, columns[index] as Column, count, this.#values[index] as ParquetValue[])
    })
    this.#rows += count
  }

  /** Ends the row group, if it has rows; gives the bytes of the file since the last call. `pause` lets others work. */
  async endGroup(pause: () => Promise<unknown>): Promise<Uint8Array> {
    const rows = BigInt(this.#rows)
    if (rows === 0n) return this.#taken()
    const from = this.#bytes.offset
    const columns: ColumnChunk[] = []
    for (const [index, tree] of this.#root.children.entries()) {
      for (const path of leafPaths([this.#root, tree])) columns.push(this.#writeLeaf(path, this.#values[index] ?? []))
      this.#values[index] = []
      await pause()
    }
    const bytes = columns.reduce((sum, { meta_data: meta }) => sum + (meta?.total_uncompressed_size ?? 0n), 0n)
    const packed = BigInt(this.#bytes.offset - from)
    this.#writer.row_groups.push({ columns, num_rows: rows, total_byte_size: bytes, total_compressed_size: packed })
    this.#writer.num_rows += rows
    this.#rows = 0
    return this.#taken()
  }

  /** Ends the file; gives the bytes of the file since the last call. */
  async end(pause: () => Promise<unknown>): Promise<Uint8Array> {
    const group = await this.endGroup(pause)
    void this.#writer.finish()
    return Buffer.concat([group, this.#taken()])
  }

  #writeLeaf(path: SchemaTree[], values: ParquetValue[]): ColumnChunk {
    const { codec, statistics } = this.#writer
    const schemaPath = path.map(({ element }) => element)
    const written = writeColumn({
      writer: this.#bytes,
      column: {
        columnName: (path.at(-1) as SchemaTree).path.join('.'),
        element: (path.at(-1) as SchemaTree).element,
        schemaPath,
        codec,
        compressors: this.#compressors,
        stats: statistics,
        pageSize: PAGE_BYTES,
        columnIndex: false,
        offsetIndex: true,
      },
      pageData: encodeNestedValues(path, values as unknown[]),
    })
    this.#writer.pendingIndexes.push(written)
    return written.chunk
  }

  #taken(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice()
    this.#bytes.index = 0
    return bytes
  }
}

/** The paths to the leaves below the last node of a path. */
function leafPaths(path: SchemaTree[]): SchemaTree[][] {
  const children = path.at(-1)?.children ?? []
  return children.length === 0 ? [path] : children.flatMap((child) => leafPaths([...path, child]))
}
