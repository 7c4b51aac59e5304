/** The files that the patterns of a table name: what they are, and which are left out. */
import { globSync, statSync } from 'node:fs'
import { Failure } from '../base/failure.ts'
import { KIND_BYTES } from '../bytes/kind.ts'
import { isRefusal } from '../bytes/refusal.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import { fileId, mayBeGlob, natureOf, tellClosedFolders, whyMissing } from '../source/file/find.ts'
import { inOrderOfRotation } from '../source/file/order.ts'
import { beginsParquet } from './parquet/open.ts'
import type { ParquetHead } from './parquet/table.ts'
import { type Compression, compressionBy, firstBytes, readFailure } from './read-lines.ts'
import type { RemoteFiles } from './remote-files.ts'

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
  /** What is in a Parquet file; undefined for others. */
  readonly parquet?: ParquetHead
}

/** A file, or why one is left out. */
export type FoundInput = SeenFile | Failure
/** `isParquet`: its first bytes say so. */
export type SeenFile = InputFile & { readonly isParquet?: boolean }

/** The files of patterns: paths, globs, or `-`. Rejects with a Failure where a pattern matches none. */
export async function findInputs(
  patterns: readonly string[],
  remote: RemoteFiles | undefined,
): Promise<readonly FoundInput[]> {
  const found: FoundInput[] = []
  for (const pattern of patterns) {
    if (pattern === '-') found.push(STANDARD_INPUT)
    else if (remote !== undefined && isHdfsPath(pattern)) found.push(...(await findRemote(remote, pattern)))
    else found.push(...(await findFiles(pattern)))
  }
  return found
}

/** Whether a file is left out. */
export const isFailure = (found: unknown): found is Failure => found instanceof Failure

/** The file, or the Failure that leaves it out: one that is refused, by default. All else is thrown. */
function orLeftOut(
  make: () => SeenFile | undefined,
  leavesOut: (error: unknown) => error is Failure = isRefusal,
): FoundInput | undefined {
  try {
    return make()
  } catch (error) {
    if (leavesOut(error)) return error
    throw error
  }
}

/** What `-` names. */
export const STANDARD_INPUT: InputFile = { path: '-', size: 0, compression: undefined, isStream: true, id: undefined }

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
    const file = orLeftOut(() => ({ path, size, ...kindOf(path, head), isStream: false, id: path }))
    if (file !== undefined) files.push(file)
  }
  return files
}

/** How a file with this head is read. Throws as `compressionBy`. */
const kindOf = (path: string, head: Uint8Array): Pick<SeenFile, 'compression' | 'isParquet'> =>
  beginsParquet(head) ? { compression: undefined, isParquet: true } : { compression: compressionBy(path, head) }

/** Undefined if there is no file of that name. */
function inputFile(path: string): SeenFile | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
    if (stat === undefined) return undefined
    if (stat.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
    const isStream = !stat.isFile()
    const id = isStream ? undefined : fileId(stat)
    const changed = Math.floor(Number(stat.mtimeMs))
    const kind = isStream ? { compression: undefined } : kindOf(path, firstBytes(path, KIND_BYTES))
    const file = { path, size: Number(stat.size), ...kind, isStream, id }
    return isStream ? file : { ...file, changed }
  } catch (error) {
    throw readFailure(path, error)
  }
}
