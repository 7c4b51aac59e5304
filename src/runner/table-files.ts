/** The tables of a query over files: which files, in what format, with which columns. */
import { closeSync, globSync, openSync, readSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { formats } from '../format/all.ts'
import { detectFormat } from '../format/detect.ts'
import type { Format, OpenFormat } from '../format/format.ts'
import { addRest, makeRecords, splitLines } from '../format/lines-split.ts'
import type { Records } from '../record/column.ts'
import type { Catalog } from '../sql/catalog.ts'
import { type Compression, compressionOf, readFailure, readStream } from './read-lines.ts'

/** What detection looks at, and where json and csv find their columns. */
const SAMPLE_BYTES = 256 << 10
/** A file without a line end would be read whole for a sample: this much is enough to tell. */
const SAMPLE_LINES = 1000

export type TableSpec = {
  readonly name: string
  /** Paths or globs; `-` is standard input. */
  readonly patterns: readonly string[]
  readonly format: string | undefined
}

export type InputFile = {
  readonly path: string
  /** Bytes on disk. */
  readonly size: number
  readonly compression: Compression
}

/** What another thread needs to open the same table: it finds the same format from the same sample. */
export type TablePosted = {
  readonly name: string
  readonly formatName: string
  readonly sample: Records
}

export type FileTable = TablePosted & {
  readonly files: readonly InputFile[]
  /** Set where the table is standard input. */
  readonly stream: Readable | undefined
  readonly format: OpenFormat
  /** Whether the format was found by looking. */
  readonly detected: boolean
}

export async function openTable(spec: TableSpec, stdin: Readable): Promise<FileTable> {
  const { name, patterns } = spec
  const standard = patterns.includes('-')
  if (standard && patterns.length > 1) {
    throw new Failure('usage', `table ${name} is both standard input (-) and files: give one of them`)
  }
  const files = standard ? [] : patterns.flatMap(findFiles)
  const head = standard ? await readHead(stdin) : undefined
  const sample = head === undefined ? await sampleOf(files) : linesOf(head.bytes)
  const { format, detected } = chooseFormat(spec.format, sample)
  return {
    name,
    files,
    stream: head?.whole,
    format: format.open({}, sample),
    formatName: format.name,
    detected,
    sample,
  }
}

export function postedTable({ name, formatName, sample }: FileTable): TablePosted {
  const used = sample.count === 0 ? 0 : (sample.end[sample.count - 1] as number)
  const bytes = sample.bytes.slice(0, used)
  const { count } = sample
  return {
    name,
    formatName,
    sample: { bytes, count, start: sample.start.slice(0, count), end: sample.end.slice(0, count) },
  }
}

export function reopenTable(posted: TablePosted): FileTable {
  const format = formatNamed(posted.formatName).open({}, posted.sample)
  return { ...posted, files: [], stream: undefined, format, detected: false }
}

/** Without a pipeline there is no watermark: a bounded query has no late rows. */
export function catalogOf(tables: readonly FileTable[]): Catalog {
  return new Map(
    tables.map(({ name, format: { fields, rowtime } }) => [
      name,
      { name, fields, rowtime: rowtime === undefined ? undefined : { field: rowtime, delay: 0 } },
    ]),
  )
}

function formatNamed(name: string): Format {
  const format = formats.get(name)
  if (format !== undefined) return format
  const near = nearest(name, [...formats.keys()])
  throw new Failure('usage', `there is no format "${name}"${near === undefined ? '' : `: did you mean ${near}?`}`, {
    hint: `Formats: ${[...formats.keys()].join(', ')}.`,
  })
}

function chooseFormat(name: string | undefined, sample: Records): { format: Format; detected: boolean } {
  if (name !== undefined) return { format: formatNamed(name), detected: false }
  return { format: detectFormat(sample).format, detected: true }
}

function findFiles(pattern: string): InputFile[] {
  const isGlob = /[*?[{]/.test(pattern)
  const paths = isGlob ? globSync(pattern).sort() : [pattern]
  if (paths.length === 0) {
    throw new Failure('not-found', `no file matches ${pattern}`)
  }
  return paths.flatMap((path) => {
    try {
      const stat = statSync(path)
      if (stat.isDirectory() && isGlob) return []
      if (stat.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
      return [{ path, size: stat.size, compression: compressionOf(path) }]
    } catch (error) {
      throw readFailure(path, error)
    }
  })
}

/** The first lines of the first file that has any. */
async function sampleOf(files: readonly InputFile[]): Promise<Records> {
  for (const { path, size, compression } of files) {
    if (size === 0) continue
    if (compression === undefined) return linesOf(startOf(path))
    let found: Records | undefined
    await readStream(path, compression, {
      lines(lines) {
        found = linesOf(lines.bytes.slice(0, Math.min(SAMPLE_BYTES, lines.end[lines.count - 1] as number)))
        return false
      },
      tooLong: () => undefined,
    })
    if (found !== undefined) return found
  }
  return makeRecords(0)
}

function startOf(path: string): Uint8Array {
  const bytes = new Uint8Array(SAMPLE_BYTES)
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0))
  } catch (error) {
    throw readFailure(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Whole lines of the bytes; the last one, cut off, only where there is no other. */
function linesOf(bytes: Uint8Array): Records {
  const lines = makeRecords(SAMPLE_LINES)
  const rest = splitLines(bytes, 0, bytes.length, lines)
  if (lines.count === 0 || bytes.length < SAMPLE_BYTES) addRest(bytes, rest, bytes.length, lines)
  lines.count = Math.min(lines.count, SAMPLE_LINES)
  return lines
}

/** Takes the first bytes of a stream and gives a stream that still has them. */
async function readHead(stream: Readable): Promise<{ bytes: Uint8Array; whole: Readable }> {
  const { Readable } = await import('node:stream')
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const head: Buffer[] = []
  let length = 0
  let ended = false
  while (length < SAMPLE_BYTES && !ended) {
    const next = await chunks.next()
    ended = next.done === true
    if (!ended) head.push(next.value)
    if (!ended) length += next.value.length
  }
  async function* again(): AsyncGenerator<Buffer> {
    yield* head
    for (let next = ended ? undefined : await chunks.next(); next?.done === false; next = await chunks.next()) {
      yield next.value
    }
  }
  return { bytes: Buffer.concat(head), whole: Readable.from(again(), { objectMode: true }) }
}
