/** The tables of a query over files: their files, formats and columns. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { Failure } from '../base/failure.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import { countFitting, detectFormat, type Fitting } from '../format/detect.ts'
import type { ChosenFormat, OpenFormat } from '../format/format.ts'
import { loadPrepared, openFormat, prepareFormat } from '../format/open.ts'
import type { Records } from '../record/column.ts'
import { makeRecords } from '../record/lines-split.ts'
import type { Catalog } from '../sql/catalog.ts'
import { isAnyDocument, whyNotJson, withDocuments } from './documents.ts'
import { headReader, refusedHeads, refuseOneLine } from './file-heads.ts'
import { findInputs, type InputFile, isFailure, openRemoteFiles, type SeenFile, STANDARD_INPUT } from './find-files.ts'
import { formatOption } from './format-option.ts'
import { openParquetTable, type ParquetColumns, parquetFormat, unreadText } from './parquet/table.ts'
import { type InputStream, textStream } from './read-lines.ts'
import { eachOnce } from './read-once.ts'
import type { RemoteFiles } from './remote-files.ts'
import { linesOf, sampleText } from './sample.ts'
import { sampleOf } from './sample-files.ts'
import { openHead } from './stream-head.ts'

export type TableSpec = {
  readonly name: string
  /** Paths or globs; `-` is standard input. */
  readonly patterns: readonly string[]
  /** As `--format` says it: see `format-option.ts`. */
  readonly format: string | undefined
}

/** A table as another thread gets it: it opens the same format with the same options and the same sample. */
export type TablePosted = {
  readonly name: string
  readonly formatName: string
  /** Of the format, prepared. */
  readonly options: unknown
  readonly sample: Records
  /** The columns of a table of Parquet files; undefined for others. */
  readonly parquet?: ParquetColumns | undefined
}

export type FileTable = TablePosted & {
  readonly files: readonly InputFile[]
  /** Why files are left out that are not text. */
  readonly leftOut: readonly Failure[]
  /** Which names are left out, as their files are read under another one. */
  readonly repeated: string | undefined
  /** Set if the table is standard input or a pipe. */
  readonly stream: InputStream | undefined
  readonly format: OpenFormat
  /** Whether the format was detected. */
  readonly detected: boolean
  /** How many of the records of the sample it reads, and which of its forms they have; undefined if it was not detected. */
  readonly fitting?: (Fitting & { readonly variant: string | undefined }) | undefined
  /** Why the format is not another one that the lines resemble. */
  readonly whyNot: string | undefined
}

/** Finds the files and the format of a table. Throws a Failure where there are none, or a file cannot be read. */
export async function openTable(spec: TableSpec, stdin: Readable): Promise<FileTable> {
  const { name } = spec
  const isRemote = spec.patterns.some(isHdfsPath)
  const remote = isRemote ? await openRemoteFiles() : undefined
  const found = await findInputs(spec.patterns, remote)
  const leftOut = found.filter(isFailure)
  const named = found.filter((one): one is SeenFile => !isFailure(one))
  const { files: readable, note: repeated } = eachOnce(named)
  const parquet = readable.filter((file) => file.isParquet === true)
  if (parquet.length > 0) return parquetTable(spec, { readable, leftOut, repeated, remote })
  const stream = streamOf(name, readable, stdin)
  const mayBeDocument = spec.format === undefined || /^\W*json\b/.test(spec.format)
  const head = stream === undefined ? undefined : await openHead(stream, mayBeDocument)
  const refused = new Map<InputFile, Failure>()
  const sample =
    head === undefined
      ? await sampleOf(readable, refused, { remote, mayBeDocument })
      : linesOf(sampleText(head.bytes, mayBeDocument))
  const oneLine = head && refuseOneLine(head.whole.name, head.bytes)
  if (oneLine !== undefined) throw oneLine
  const isFound = spec.format === undefined
  const isEmpty = isFound && sample.count === 0 && (await isAnyDocument(readable, head?.bytes, headReader(remote)))
  const { detected, whyNot, variant, ...chosen } = await chooseFormat(isEmpty ? 'json' : spec.format, sample)
  const opened = openFormat(chosen, sample)
  const rest = readable.filter((file) => !refused.has(file))
  for (const [file, failure] of await refusedHeads(rest, opened, headReader(remote))) refused.set(file, failure)
  leftOut.push(...refused.values())
  const left = rest.filter((file) => !refused.has(file))
  refuseAll(left, leftOut)
  const files = opened.hasDocuments === true ? await withDocuments(left, headReader(remote)) : left
  return {
    name,
    files,
    leftOut,
    repeated,
    stream: head?.whole,
    format: opened,
    formatName: chosen.format.name,
    options: chosen.options,
    detected: detected || isEmpty,
    whyNot: whyNot ?? (detected && chosen.format.name === 'lines' ? whyNotJson(sample) : undefined),
    fitting: detected ? { ...countFitting(opened, sample, files[0]?.changed), variant } : undefined,
    sample,
  }
}

type Found = Pick<FileTable, 'leftOut' | 'repeated'> & {
  readonly readable: readonly SeenFile[]
  readonly remote: RemoteFiles | undefined
}

/** A table some of whose files are Parquet: the others are left out. */
async function parquetTable(
  { name, format }: TableSpec,
  { readable, leftOut, repeated, remote }: Found,
): Promise<FileTable> {
  if (format !== undefined) {
    throw new Failure('usage', `table ${name} is of Parquet files, which have no format ${format}`, {
      hint: 'Leave the format out: the files say themselves what is in them.',
    })
  }
  const isParquet = (file: SeenFile) => file.isParquet === true
  const { columns, files, ...opened } = await openParquetTable(readable.filter(isParquet), remote)
  const others = readable.filter((file) => !isParquet(file)).map(({ path }) => noParquet(path))
  const failures = [...leftOut, ...others, ...opened.leftOut]
  refuseAll(files, failures)
  return {
    ...ofParquet({ name, columns }),
    files,
    leftOut: failures,
    repeated: [repeated, unreadText(files)].filter((text) => text !== undefined).join('; ') || undefined,
  }
}

const noParquet = (path: string): Failure =>
  new Failure('not-text', `${path} is no Parquet file, as others of its table are, so its rows are missing`)

/** A table of Parquet files, without its files. */
const ofParquet = ({ name, columns }: { readonly name: string; readonly columns: ParquetColumns }): FileTable => ({
  name,
  files: [],
  leftOut: [],
  repeated: undefined,
  stream: undefined,
  format: parquetFormat(columns),
  formatName: 'parquet',
  options: {},
  detected: false,
  whyNot: undefined,
  sample: makeRecords(0),
  parquet: columns,
})

/** Throws where no file is left. */
function refuseAll(files: readonly InputFile[], leftOut: readonly Failure[]): void {
  const [first, ...others] = leftOut
  if (files.length > 0 || first === undefined) return
  throw new Failure(first.code, first.message, { hint: first.hint, cause: first, also: others })
}

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
  return textStream(name, isStandard ? stdin : createReadStream(path))
}

/** The table, as it is posted to another thread. */
export function postedTable({ name, formatName, options, sample, parquet }: FileTable): TablePosted {
  const used = sample.count === 0 ? 0 : (sample.end[sample.count - 1] as number)
  const bytes = sample.bytes.slice(0, used)
  const { count } = sample
  return {
    name,
    formatName,
    options,
    parquet,
    sample: { bytes, count, start: sample.start.slice(0, count), end: sample.end.slice(0, count) },
  }
}

/** Opens a posted table; its units come with their files. */
export async function reopenTable(posted: TablePosted): Promise<FileTable> {
  const { formatName, options, sample, parquet } = posted
  if (parquet !== undefined) return ofParquet({ ...posted, columns: parquet })
  const format = openFormat(await loadPrepared(formatName, options), sample)
  return {
    ...posted,
    files: [],
    leftOut: [],
    repeated: undefined,
    stream: undefined,
    format,
    detected: false,
    whyNot: undefined,
  }
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

/** The format that was named, ready to be opened, or one that reads the sample. */
async function chooseFormat(
  written: string | undefined,
  sample: Records,
): Promise<ChosenFormat & Pick<FileTable, 'detected' | 'whyNot'> & { readonly variant?: string | undefined }> {
  if (written === undefined) {
    const { format, whyNot, variant } = await detectFormat(sample)
    return { format, options: {}, detected: true, whyNot, variant }
  }
  const chosen = await prepareFormat(await formatOption(written), { folder: process.cwd() })
  return { ...chosen, detected: false, whyNot: undefined }
}
