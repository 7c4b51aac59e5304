/**
 * Says whose the file or the folder of a sink is, so that two data folders never write to one file: each would cut off, or write over, the
 * rows of the other. The mark lies beside the file:
 *
 *   .NAME.owner   {"data":"/var/lib/tailrace/errors","id":"mhk3…","host":"web1","sink":"hits"}
 *
 * The id says which data folder it is (`identity.ts`); a mark of an older tailrace has none, and goes by the path. A data
 * folder that no longer exists owns nothing; on another host nobody can look, so there it exists. The mark is durable before the
 * first row, as `--fresh` leaves a file without one alone.
 */
import { basename, dirname, join } from 'node:path'
import { changeFile, type Disk, readWhole } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import { parseObject } from './checked-json.ts'
import { type FolderIdentity, isFolderThere, isSameFolder } from './identity.ts'

/** Whose a file is: this data folder's, that of another one which still exists or is gone, or nobody's. */
export type FileOwner =
  | { readonly kind: 'ours'; readonly text: string }
  | { readonly kind: 'other' | 'gone'; readonly data: string; readonly sink: string; readonly host: string | undefined }
  | { readonly kind: 'nobody' }

/** The path of the mark beside a file. */
export const markOf = (path: string): string => join(dirname(path), `.${basename(path)}.owner`)

/**
 * Takes the file for a sink of a data folder that this process owns; the name of the mark is durable once its folder is.
 * Rejects with a Failure ('in-use') where it is another one's.
 */
export async function takeFile(disk: Disk, path: string, data: FolderIdentity, sink: string): Promise<void> {
  const mark = markOf(path)
  const owner = ownerOfFile(disk, path, data)
  if (owner.kind === 'other') {
    const rows = 'each would cut off, or write over, what the other wrote'
    throw new Failure('in-use', `${path} is written by ${sinkText(owner, data)}: ${rows}`, {
      hint: `Let one of them write to another path. If that data folder does not write to it any more, remove ${mark}.`,
    })
  }
  const text = `${JSON.stringify({ data: data.path, id: data.id, host: data.host, sink })}\n`
  if (owner.kind === 'ours' && owner.text === text) return
  // Without a mark, as in a folder that may not be written to, the file itself can still be written.
  const write = changeFile(disk, mark, (file) => {
    file.truncate(0)
    file.write([Buffer.from(text)], 0)
  })
  await write.catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error
  })
}

/** Whose the file is by its mark, as seen from a data folder that this process owns. */
export function ownerOfFile(disk: Disk, path: string, ours: FolderIdentity): FileOwner {
  const bytes = unlessRefused(() => readWhole(disk, markOf(path))) ?? new Uint8Array(0)
  const { data, id, host, sink } = parseObject(bytes) ?? {}
  if (typeof data !== 'string') return { kind: 'nobody' }
  const marked = {
    path: data,
    id: typeof id === 'string' ? id : undefined,
    host: typeof host === 'string' ? host : undefined,
  }
  const kind = kindOf(disk, marked, ours)
  if (kind === 'ours') return { kind, text: Buffer.from(bytes).toString() }
  return { kind, data, sink: String(sink), host: marked.host }
}

/** Removes the mark of a file that is given back. */
export function removeMark(disk: Disk, path: string): void {
  unlessRefused(() => disk.unlink(markOf(path)))
}

/** The sink that a mark names, in words. */
export function sinkText(
  { data, sink, host }: Extract<FileOwner, { kind: 'other' | 'gone' }>,
  ours: FolderIdentity,
): string {
  const where = host === undefined || host === ours.host ? '' : ` on ${host}`
  return `sink ${sink} of the data folder ${data}${where}`
}

type Marked = { readonly path: string; readonly id: string | undefined; readonly host: string | undefined }

function kindOf(disk: Disk, marked: Marked, ours: FolderIdentity): 'ours' | 'other' | 'gone' {
  if (marked.id === undefined || marked.id === ours.id) {
    // A folder that was copied has the id of the original, which still exists at its path.
    if (marked.path === ours.path || isSameFolder(disk, ours.path, marked.path)) return 'ours'
    if (isFolderThere(disk, marked.path, marked.id)) return 'other'
    return marked.id === undefined ? 'gone' : 'ours'
  }
  return marked.host !== ours.host || isFolderThere(disk, marked.path, marked.id) ? 'other' : 'gone'
}

/** A mark that cannot be read or removed says nothing. */
function unlessRefused<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
