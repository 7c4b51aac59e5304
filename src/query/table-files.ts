/** The tables of a query over files: their files, formats and columns. */
import { createReadStream, globSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { Failure } from '../base/failure.ts'
import { KIND_BYTES } from '../bytes/kind.ts'
import { isRefusal } from '../bytes/refusal.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import { countFitting, detectFormat, type Fitting } from '../format/detect.ts'
import type { ChosenFormat, OpenFormat } from '../format/format.ts'
import { loadPrepared, openFormat, prepareFormat } from '../format/open.ts'
import type { Records } from '../record/column.ts'
import { fileId, mayBeGlob, natureOf, tellClosedFolders, whyMissing } from '../source/file/find.ts'
import { inOrderOfRotation } from '../source/file/order.ts'
import type { Catalog } from '../sql/catalog.ts'
import { isAnyDocument, whyNotJson, withDocuments } from './documents.ts'
import { headReader, refusedHeads, refuseOneLine } from './file-heads.ts'
import { formatOption } from './format-option.ts'
import {
  type Compression,
  compressionBy,
  compressionOf,
  type InputStream,
  readFailure,
  textStream,
} from './read-lines.ts'
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

export type InputFile = {
  readonly path: string
  /** Bytes on disk. */
  readonly size: number
  readonly compression: Compression
  /** Whether it has no size and can be read only once: a pipe, like `<(zcat x.gz)`. */
  readonly isStream: boolean
  /** Device and inode, or the address; undefined for a stream. */
  readonly id: string | undefined
  /** Whether it is one JSON document, whose objects are its lines. Of a packed file that is seen when it is read. */
  readonly isDocument?: boolean
  /** When it was written to last, ms since 1970: its lines arrived by then. Undefined where that is not known. */
  readonly changed?: number
}

/** A table as another thread gets it: it opens the same format with the same options and the same sample. */
export type TablePosted = {
  readonly name: string
  readonly formatName: string
  /** Of the format, prepared. */
  readonly options: unknown
  readonly sample: Records
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
  const found: FoundInput[] = []
  for (const pattern of spec.patterns) {
    if (pattern === '-') found.push(STANDARD_INPUT)
    else if (remote !== undefined && isHdfsPath(pattern)) found.push(...(await findRemote(remote, pattern)))
    else found.push(...(await findFiles(pattern)))
  }
  const leftOut = found.filter(isFailure)
  const named = found.filter((one): one is InputFile => !isFailure(one))
  const { files: readable, note: repeated } = eachOnce(named)
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

/** A file, or why one is left out. */
type FoundInput = InputFile | Failure

/** Throws where no file is left. */
function refuseAll(files: readonly InputFile[], leftOut: readonly Failure[]): void {
  const [first, ...others] = leftOut
  if (files.length > 0 || first === undefined) return
  throw new Failure(first.code, first.message, { hint: first.hint, cause: first, also: others })
}

const isFailure = (found: unknown): found is Failure => found instanceof Failure

/** The file, or the Failure that leaves it out: one that is refused, by default. All else is thrown. */
function orLeftOut(
  make: () => InputFile | undefined,
  leavesOut: (error: unknown) => error is Failure = isRefusal,
): FoundInput | undefined {
  try {
    return make()
  } catch (error) {
    if (leavesOut(error)) return error
    throw error
  }
}

const STANDARD_INPUT: InputFile = { path: '-', size: 0, compression: undefined, isStream: true, id: undefined }

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
export function postedTable({ name, formatName, options, sample }: FileTable): TablePosted {
  const used = sample.count === 0 ? 0 : (sample.end[sample.count - 1] as number)
  const bytes = sample.bytes.slice(0, used)
  const { count } = sample
  return {
    name,
    formatName,
    options,
    sample: { bytes, count, start: sample.start.slice(0, count), end: sample.end.slice(0, count) },
  }
}

/** Opens a posted table; its units come with their files. */
export async function reopenTable(posted: TablePosted): Promise<FileTable> {
  const { formatName, options, sample } = posted
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

/** The files of a pattern, oldest first by what rotation has made of their names, and those that are left out. */
async function findFiles(pattern: string): Promise<FoundInput[]> {
  const direct = orLeftOut(() => inputFile(pattern))
  if (direct !== undefined) return [direct]
  if (!mayBeGlob(pattern)) throw new Failure('not-found', `no such file: ${pattern === '' ? "''" : pattern}`)
  const leftOut: Failure[] = []
  const leaveOut = (path: string, reason: string) =>
    leftOut.push(new Failure('io', `${path} ${reason}, so its rows are missing`))
  await tellClosedFolders(pattern, '.', leaveOut)
  const listed = globSync(pattern).flatMap((path) => {
    try {
      const found = statSync(path)
      if (found.isFile()) return [{ path, changed: found.mtimeMs }]
      if (!found.isDirectory()) leaveOut(path, `is ${natureOf(found)}, not a file`)
    } catch (error) {
      leaveOut(path, whyMissing(path, error))
    }
    return []
  })
  // One of several that cannot be read does not keep the others from being read.
  const files = inOrderOfRotation(listed).flatMap(({ path }) => orLeftOut(() => inputFile(path), isFailure) ?? [])
  if (files.length + leftOut.length === 0) throw new Failure('not-found', `no file matches ${pattern}`)
  return [...files, ...leftOut]
}

/** Loads the client of HDFS, and what it needs, only for a query that reads from there. */
export const openRemoteFiles = async (): Promise<RemoteFiles> => new (await import('./remote-files.ts')).RemoteFiles()

async function findRemote(remote: RemoteFiles, pattern: string): Promise<FoundInput[]> {
  const files: FoundInput[] = []
  for (const { path, size } of await remote.find(pattern)) {
    const head = size === 0 ? new Uint8Array(0) : await remote.head(path, KIND_BYTES)
    const file = orLeftOut(() => ({ path, size, compression: compressionBy(path, head), isStream: false, id: path }))
    if (file !== undefined) files.push(file)
  }
  return files
}

/** Undefined if there is no file of that name. */
function inputFile(path: string): InputFile | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
    if (stat === undefined) return undefined
    if (stat.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
    const isStream = !stat.isFile()
    const id = isStream ? undefined : fileId(stat)
    const changed = Math.floor(Number(stat.mtimeMs))
    const file = {
      path,
      size: Number(stat.size),
      compression: isStream ? undefined : compressionOf(path),
      isStream,
      id,
    }
    return isStream ? file : { ...file, changed }
  } catch (error) {
    throw readFailure(path, error)
  }
}
