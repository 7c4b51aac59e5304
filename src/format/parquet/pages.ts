/**
 * The pages of a column chunk: one leaf of one row group.
 *
 *   chunk   [dictionary page] data page…
 *   page    header (Thrift), then the bytes, which are packed
 *   v1      packed together: length and repetition levels, length and definition levels, values
 *   v2      repetition levels, definition levels (neither packed, with their lengths in the header), then values, packed or not
 *
 * Levels that can only be 0 are not written. Of a value that is not there only the levels are. Source: parquet-format.
 */
import type { ColumnMetaData } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import type { PageHeader } from 'hyparquet/src/types.js'
import { Failure } from '../../base/failure.ts'
import { unpackPage } from './codecs.ts'
import { readHybrid } from './hybrid.ts'
import type { Leaf } from './schema.ts'

/** Bytes of values, in the encoding; the first is at `at`. Valid until the next page is read. */
export type EncodedValues = { readonly bytes: Uint8Array; readonly at: number; readonly encoding: string | undefined }

export type ChunkPage =
  | { readonly kind: 'dictionary'; readonly count: number; readonly values: EncodedValues }
  | {
      readonly kind: 'data'
      /** Values, those that are not there among them. */
      readonly entries: number
      /** The number of those that are there. */
      readonly present: number
      /** Undefined where all are there; the arrays are the caller's. */
      readonly defs: Uint8Array | undefined
      readonly reps: Uint8Array | undefined
      readonly values: EncodedValues
    }

/** Entries of a page, at most: writers make pages of some ten thousand. */
const MOST_ENTRIES = 1 << 26

/** The pages of a chunk, whose bytes these are. Throws a Failure where they are damaged, and whatever the library throws. */
export function* pagesOf(chunk: Uint8Array, { codec }: ColumnMetaData, leaf: Leaf): Generator<ChunkPage> {
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: 0 }
  while (reader.offset < chunk.length) {
    const header = parquetHeader(reader)
    const from = reader.offset
    const to = from + header.compressed_page_size
    if (!(to >= from && to <= chunk.length)) throw new Failure('corrupt', 'damaged: a page is cut off')
    reader.offset = to
    const bytes = chunk.subarray(from, to)
    if (!hasItsChecksum(header, bytes)) throw new Failure('corrupt', 'damaged: a page does not have its checksum')
    const page = pageOf(header, bytes, { codec, leaf })
    if (page !== undefined) yield page
  }
}

/** Not every writer gives checksums. They are of the bytes as they are kept, levels and all. */
const hasItsChecksum = ({ crc }: PageHeader, bytes: Uint8Array): boolean =>
  crc === undefined || (process.getBuiltinModule('node:zlib').crc32(bytes) | 0) === (crc | 0)

type Chunk = { readonly codec: string; readonly leaf: Leaf }

function pageOf(header: PageHeader, bytes: Uint8Array, chunk: Chunk): ChunkPage | undefined {
  switch (header.type) {
    case 'DICTIONARY_PAGE': {
      const count = countOf(header.dictionary_page_header?.num_values)
      const content = unpackPage(chunk.codec, bytes, header.uncompressed_page_size)
      // A value takes a byte at least: the count alone could ask for half a gigabyte.
      if (count > content.length) throw new Failure('corrupt', 'damaged: a dictionary has fewer values than it says')
      return { kind: 'dictionary', count, values: { bytes: content, at: 0, encoding: 'PLAIN' } }
    }
    case 'DATA_PAGE':
      return firstVersion(header, bytes, chunk)
    case 'DATA_PAGE_V2':
      return secondVersion(header, bytes, chunk)
    default:
      return undefined
  }
}

function firstVersion(
  { data_page_header: data, ...header }: PageHeader,
  packed: Uint8Array,
  { codec, leaf }: Chunk,
): ChunkPage {
  const entries = countOf(data?.num_values)
  const bytes = unpackPage(codec, packed, header.uncompressed_page_size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const levels = (most: number) => {
    if (most === 0) return undefined
    const from = at + 4
    at = from + view.getUint32(at, true)
    if (at > bytes.length) throw new Failure('corrupt', 'damaged: the levels of a page are cut off')
    return levelsIn(bytes, { from, to: at, most }, entries)
  }
  const reps = levels(leaf.maxRep)
  const defs = levels(leaf.maxDef)
  const values = { bytes, at, encoding: data?.encoding ?? '' }
  return { kind: 'data', entries, ...presence(defs, leaf, entries), reps, values }
}

function secondVersion(
  { data_page_header_v2: data, ...header }: PageHeader,
  packed: Uint8Array,
  { codec, leaf }: Chunk,
): ChunkPage {
  if (data === undefined) throw new Failure('corrupt', 'damaged: a page has no header')
  const entries = countOf(data.num_values)
  const repBytes = data.repetition_levels_byte_length
  const levelBytes = repBytes + data.definition_levels_byte_length
  if (!(repBytes >= 0 && levelBytes >= repBytes && levelBytes <= packed.length)) {
    throw new Failure('corrupt', 'damaged: the levels of a page are cut off')
  }
  const { maxRep, maxDef } = leaf
  const reps = maxRep === 0 ? undefined : levelsIn(packed, { from: 0, to: repBytes, most: maxRep }, entries)
  const defs = maxDef === 0 ? undefined : levelsIn(packed, { from: repBytes, to: levelBytes, most: maxDef }, entries)
  const rest = packed.subarray(levelBytes)
  const length = header.uncompressed_page_size - levelBytes
  // Where there are no values there may be no packed bytes either.
  const isPlain = data.is_compressed === false || length === 0
  const bytes = isPlain ? rest : unpackPage(codec, rest, length)
  return {
    kind: 'data',
    entries,
    ...presence(defs, leaf, entries),
    reps,
    values: { bytes, at: 0, encoding: data.encoding },
  }
}

function countOf(written: number | undefined): number {
  const count = written ?? -1
  if (!(count >= 0)) throw new Failure('corrupt', 'damaged: a page does not say how many values it has')
  if (count > MOST_ENTRIES)
    throw new Failure('limit', `has a page of ${count} values, and ${MOST_ENTRIES} are the most`)
  return count
}

function levelsIn(
  bytes: Uint8Array,
  { from, to, most }: { readonly from: number; readonly to: number; readonly most: number },
  count: number,
): Uint8Array {
  const levels = new Uint8Array(count)
  readHybrid(bytes, { from, to, width: 32 - Math.clz32(most) }, levels, count)
  if (levels.some((level) => level > most)) throw new Failure('corrupt', `damaged: a level is beyond ${most}`)
  return levels
}

function presence(
  defs: Uint8Array | undefined,
  { maxDef }: Leaf,
  entries: number,
): { defs: Uint8Array | undefined; present: number } {
  if (defs === undefined) return { defs, present: entries }
  let present = 0
  for (let entry = 0; entry < entries; entry++) if (defs[entry] === maxDef) present++
  return { defs: present === entries ? undefined : defs, present }
}
