/**
 * Looks at the head of each file of a table before anything is read: a file whose lines do not end with LF, or whose header has
 * other names than the first one, is left out, and the others go on.
 */
import { Failure, inShell } from '../base/failure.ts'
import { endOfNuls, HOLE_BYTES, indexOfNul } from '../bytes/nuls.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import type { OpenFormat } from '../format/format.ts'
import type { Records } from '../record/column.ts'
import { isHeaderRecord } from '../record/spans.ts'
import { namesFailure } from '../source/other-names.ts'
import { firstBytes } from './read-lines.ts'
import type { RemoteFiles } from './remote-files.ts'
import { linesOf } from './sample.ts'

const HEAD_BYTES = 64 << 10
const QUOTE = 34
const LF = 10
const CR = 13

type LookedAt = {
  readonly path: string
  readonly size: number
  readonly compression: unknown
  readonly isStream: boolean
}

/** Refuses what has separators between its lines, but no LF: it would be one line. */
export function refuseOneLine(name: string, bytes: Uint8Array): Failure | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (text.includes(LF)) return undefined
  const cr = text.indexOf(CR)
  const [what, byte] = cr >= 0 && cr < text.length - 1 ? ['CRs', '\\r'] : hasShortNuls(text) ? ['NULs', '\\0'] : []
  if (what === undefined) return undefined
  return new Failure('not-text', `${name} has ${what} where lines end with LF, so all of it would be one line`, {
    hint: `Make lines of them: tr '${byte}' '\\n' < ${name === 'standard input' ? 'FILE' : inShell(name)} | tailrace query … -`,
  })
}

/** Whether there are NULs between other bytes that are no hole. */
function hasShortNuls(text: Uint8Array): boolean {
  for (let at = indexOfNul(text, 1); at >= 0; ) {
    const end = endOfNuls(text, at)
    if (end < text.length && end - at < HOLE_BYTES) return true
    at = indexOfNul(text, end)
  }
  return false
}

/** The files among these that are left out, with the reason. Packed ones are looked at when they are read. */
export async function refusedHeads<File extends LookedAt>(
  files: readonly File[],
  { skipsFirstLine, firstRecord, spanning }: OpenFormat,
  headOf: (file: File, most: number) => Promise<Uint8Array>,
): Promise<ReadonlyMap<File, Failure>> {
  const refused = new Map<File, Failure>()
  for (const file of files) {
    if (file.compression !== undefined || file.size === 0 || file.isStream) continue
    const bytes = await headOf(file, HEAD_BYTES).catch(() => undefined)
    if (bytes === undefined) continue
    const isWhole = bytes.length < HEAD_BYTES || bytes.includes(LF)
    const oneLine = isWhole ? refuseOneLine(file.path, bytes) : undefined
    if (oneLine !== undefined) refused.set(file, oneLine)
    if (!skipsFirstLine || oneLine !== undefined) continue
    const lines = linesOf(bytes)
    const records = spanning === undefined ? lines : spanning.join(lines, false).records
    if (records.count === 0) continue
    const first = firstRecord?.(records.bytes.subarray(records.start[0], records.end[0]))
    if (first?.kind === 'names') refused.set(file, namesFailure(file.path, first))
  }
  return refused
}

/**
 * Whether the first of these lines, which a file begins with, is its header; undefined where its lines must be put together to
 * tell. Throws a Failure `not-text` where it has other names.
 */
export function isHeader(
  { bytes, start, end }: Records,
  file: string,
  { firstRecord }: OpenFormat,
  isJoined: boolean,
): boolean | undefined {
  const record = bytes.subarray(start[0], end[0])
  const isHead = isHeaderRecord(record, firstRecord, (names) => {
    throw namesFailure(file, names)
  })
  return isHead || isJoined || !record.includes(QUOTE) ? isHead : undefined
}

/** Reads heads of local files, and of those in HDFS. */
export const headReader =
  (remote: RemoteFiles | undefined) =>
  async ({ path }: Pick<LookedAt, 'path'>, most: number): Promise<Uint8Array> =>
    remote !== undefined && isHdfsPath(path) ? remote.head(path, most) : firstBytes(path, most)
