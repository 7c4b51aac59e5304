/** The tables of a query over files: their files, formats and columns. */
import { createReadStream, globSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import { formats } from '../format/all.ts'
import { detectFormat } from '../format/detect.ts'
import type { Format, OpenFormat } from '../format/format.ts'
import type { Records } from '../record/column.ts'
import { addRest, makeRecords, splitLines } from '../record/lines-split.ts'
import type { Catalog } from '../sql/catalog.ts'
import { LineReader } from './line-reader.ts'
import {
  type Compression,
  compressionOf,
  decompressed,
  firstBytes,
  type InputStream,
  MAGIC_BYTES,
  magicOf,
  packingOf,
  readFailure,
  readStream,
  unpackedFile,
} from './read-lines.ts'
import type { RemoteFiles } from './remote-files.ts'
import { openHead } from './stream-head.ts'

/** The bytes from which formats are detected, and in which json and csv find their columns. */
const SAMPLE_BYTES = 256 << 10
/** Enough lines to detect a format. */
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
  /** Whether it has no size and can be read only once: a pipe, like `<(zcat x.gz)`. */
  readonly isStream: boolean
}

/** A table as another thread gets it: it opens the same format with the same sample. */
export type TablePosted = {
  readonly name: string
  readonly formatName: string
  readonly sample: Records
}

export type FileTable = TablePosted & {
  readonly files: readonly InputFile[]
  /** Set if the table is standard input or a pipe. */
  readonly stream: InputStream | undefined
  readonly format: OpenFormat
  /** Whether the format was detected. */
  readonly detected: boolean
  /** Why the format is not another one that the lines resemble. */
  readonly whyNot: string | undefined
}

/** Finds the files and the format of a table. Throws a Failure where there are none, or a file cannot be read. */
export async function openTable(spec: TableSpec, stdin: Readable): Promise<FileTable> {
  const { name } = spec
  const isRemote = spec.patterns.some(isHdfsPath)
  const remote = isRemote ? await openRemoteFiles() : undefined
  const files: InputFile[] = []
  for (const pattern of spec.patterns) {
    if (pattern === '-') files.push(STANDARD_INPUT)
    else if (remote !== undefined && isHdfsPath(pattern)) files.push(...(await findRemote(remote, pattern)))
    else files.push(...findFiles(pattern))
  }
  const stream = streamOf(name, files, stdin)
  const head = stream === undefined ? undefined : await openHead(stream, SAMPLE_BYTES)
  const sample = head === undefined ? await sampleOf(files, remote) : linesOf(head.bytes)
  const { format, detected, whyNot } = chooseFormat(spec.format, sample)
  return {
    name,
    files,
    stream: head?.whole,
    format: format.open({}, sample),
    formatName: format.name,
    detected,
    whyNot,
    sample,
  }
}

const STANDARD_INPUT: InputFile = { path: '-', size: 0, compression: undefined, isStream: true }

/** The stream of a table that does not consist of files. */
function streamOf(table: string, files: readonly InputFile[], stdin: Readable): InputStream | undefined {
  const found = files.find(({ isStream }) => isStream)
  if (found === undefined) return undefined
  const { path } = found
  const isStandard = path === STANDARD_INPUT.path
  const name = isStandard ? 'standard input' : path
  if (files.length > 1) {
    throw new Failure('usage', `table ${table} is ${name} and files too: give one of them`)
  }
  return { name, bytes: isStandard ? stdin : createReadStream(path) }
}

/** The table, as it is posted to another thread. */
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

/** Opens a posted table; its units come with their files. */
export function reopenTable(posted: TablePosted): FileTable {
  const format = formatNamed(posted.formatName).open({}, posted.sample)
  return { ...posted, files: [], stream: undefined, format, detected: false, whyNot: undefined }
}

/** The tables for the planner. A bounded query has no late rows, so its watermarks have no delay. */
export function catalogOf(tables: readonly FileTable[]): Catalog {
  return new Map(
    tables.map(({ name, format: { fields, rowtime } }) => [
      name,
      { name, fields, rowtime: rowtime === undefined ? undefined : { field: rowtime, delay: 0 } },
    ]),
  )
}

/** The format of a name. Throws a Failure `usage` if there is none. */
export function formatNamed(name: string): Format {
  const format = formats.get(name)
  if (format !== undefined) return format
  const near = nearest(name, [...formats.keys()])
  throw new Failure('usage', `there is no format "${name}"${near === undefined ? '' : `: did you mean ${near}?`}`, {
    hint: `Formats: ${[...formats.keys()].join(', ')}.`,
  })
}

function chooseFormat(name: string | undefined, sample: Records) {
  if (name !== undefined) return { format: formatNamed(name), detected: false, whyNot: undefined }
  const { format, whyNot } = detectFormat(sample)
  return { format, detected: true, whyNot }
}

function findFiles(pattern: string): InputFile[] {
  const direct = inputFile(pattern)
  if (direct !== undefined) return [direct]
  const isGlob = /[*?[{]/.test(pattern)
  if (!isGlob) throw new Failure('not-found', `${pattern === '' ? 'a file without a name' : pattern} is not there`)
  const found = globSync(pattern)
    .sort()
    .flatMap((path) => (statSync(path, { throwIfNoEntry: false })?.isDirectory() ? [] : (inputFile(path) ?? [])))
  if (found.length === 0) throw new Failure('not-found', `no file matches ${pattern}`)
  return found
}

/** Loads the client of HDFS, and what it needs, only for a query that reads from there. */
export const openRemoteFiles = async (): Promise<RemoteFiles> => new (await import('./remote-files.ts')).RemoteFiles()

async function findRemote(remote: RemoteFiles, pattern: string): Promise<InputFile[]> {
  const files: InputFile[] = []
  for (const { path, size } of await remote.find(pattern)) {
    const named = packingOf(path)
    const magic = named === undefined && size >= MAGIC_BYTES ? await remote.head(path, MAGIC_BYTES) : undefined
    files.push({ path, size, compression: magic === undefined ? named : magicOf(magic), isStream: false })
  }
  return files
}

/** Undefined if there is no file of that name. */
function inputFile(path: string): InputFile | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    if (stat.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
    const isStream = !stat.isFile()
    return { path, size: stat.size, compression: isStream ? undefined : compressionOf(path), isStream }
  } catch (error) {
    throw readFailure(path, error)
  }
}

/** The first lines of the first file that has any. */
async function sampleOf(files: readonly InputFile[], remote: RemoteFiles | undefined): Promise<Records> {
  for (const { path, size, compression } of files) {
    if (size === 0) continue
    const isRemote = remote !== undefined && isHdfsPath(path)
    if (compression === undefined) {
      return linesOf(isRemote ? await remote.head(path, SAMPLE_BYTES) : firstBytes(path, SAMPLE_BYTES))
    }
    const bytes = isRemote
      ? decompressed(remote.bytes(path, 0, Number.POSITIVE_INFINITY), compression)
      : unpackedFile(path, compression)
    let found: Records | undefined
    await readStream({ name: path, bytes }, new LineReader(), {
      lines(lines) {
        const length = Math.min(SAMPLE_BYTES, lines.end[lines.count - 1] as number)
        // A copy, as the buffer will have other lines; `Buffer.slice` does not copy.
        found = linesOf(new Uint8Array(lines.bytes.subarray(0, length)))
        return false
      },
      tooLong: () => undefined,
    })
    if (found !== undefined) return found
  }
  return makeRecords(0)
}

/** The whole lines of the bytes; a last line that is cut off counts only if there is no other. */
function linesOf(bytes: Uint8Array): Records {
  const lines = makeRecords(SAMPLE_LINES)
  const rest = splitLines(bytes, 0, bytes.length, lines)
  if (lines.count === 0 || bytes.length < SAMPLE_BYTES) addRest(bytes, rest, bytes.length, lines)
  lines.count = Math.min(lines.count, SAMPLE_LINES)
  return lines
}
