/**
 * Says whose the file of a sink is, so that two data folders never write to one file: each would cut off, or write over, the
 * rows of the other. The mark lies beside the file:
 *
 *   .NAME.owner   {"data":"/var/lib/tailrace/errors","sink":"hits"}
 *
 * A data folder that is not there any more owns nothing. The mark is not synced: it guards against mistakes, not crashes.
 */
import { basename, dirname, join } from 'node:path'
import { type Disk, isThere, readWhole } from '../base/disk.ts'
import { Failure } from '../base/failure.ts'
import { parseObject } from '../data/checked-json.ts'

export type FileOwner = {
  /** The data folder. */
  readonly data: string
  readonly sink: string
}

/** Takes the file for this owner. Throws a Failure ('in-use') where it is another one's. */
export function takeFile(disk: Disk, path: string, owner: FileOwner): void {
  const mark = join(dirname(path), `.${basename(path)}.owner`)
  const { data, sink } = readMark(disk, mark)
  if (data === owner.data && sink === owner.sink) return
  if (typeof data === 'string' && data !== owner.data && isThere(disk, `${data}/format.json`)) {
    const rows = 'each would cut off the rows of the other'
    throw new Failure('in-use', `${path} is written by sink ${String(sink)} of the data folder ${data}: ${rows}`, {
      hint: `Let one of them write to another path. If that data folder does not write to it any more, remove ${mark}.`,
    })
  }
  unlessRefused(() => {
    const file = disk.open(mark, 'write')
    try {
      file.truncate(0)
      file.write([Buffer.from(`${JSON.stringify(owner)}\n`)], 0)
    } finally {
      file.close()
    }
  })
}

const readMark = (disk: Disk, mark: string): { readonly data?: unknown; readonly sink?: unknown } =>
  parseObject(unlessRefused(() => readWhole(disk, mark)) ?? new Uint8Array(0)) ?? {}

/** Without a mark, as on a full disk or in a folder that may not be written to, the file itself can still be written. */
function unlessRefused<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
