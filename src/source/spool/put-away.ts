/** What becomes of a file once its records are durable: another name, another folder, or nothing more of it. */
import { lstatSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Disk } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import { fileId, seenOf } from '../file/find.ts'
import type { TakenFile } from './place.ts'

export type Done = 'rename' | 'delete' | 'keep' | { readonly move: string }

export type PutAwayOptions = {
  readonly disk: Disk
  /** Whole path of the folder. */
  readonly folder: string
  /** `move`: a whole path. */
  readonly done: Done
  readonly suffix: string
}

/** `gone`: somebody else has moved it, or put another file there. `changed`: it is not as it was taken. */
export type PutAway = 'done' | 'gone' | 'changed'

/**
 * Puts a file away if it is still the one that was taken; durable with `syncPutAway`. Throws a Failure where that cannot be
 * done. A file of an earlier day that was put away under the same name stays: the new one gets a number.
 */
export function putAway(file: Pick<TakenFile, 'name' | 'id' | 'seen'>, options: PutAwayOptions): PutAway {
  const { disk, folder, done, suffix } = options
  const path = join(folder, file.name)
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (found === undefined || fileId(found) !== file.id) return 'gone'
  if (seenOf(found) !== file.seen) return 'changed'
  if (done === 'keep') return 'done'
  if (done === 'delete') disk.unlink(path)
  else if (done === 'rename')
    disk.rename(
      path,
      freeName(path, (number) => `${path}${number}${suffix}`),
    )
  else moveTo(disk, path, done.move)
  return 'done'
}

/** Makes it durable that files were put away. */
export async function syncPutAway({ disk, folder, done }: PutAwayOptions): Promise<void> {
  if (done === 'keep') return
  if (typeof done === 'object') await disk.syncFolder(done.move)
  await disk.syncFolder(folder)
}

function moveTo(disk: Disk, path: string, folder: string): void {
  const name = basename(path)
  const dot = name.lastIndexOf('.')
  const [stem, end] = dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
  try {
    disk.rename(
      path,
      freeName(path, (number) => join(folder, `${stem}${number}${end}`)),
    )
  } catch (error) {
    const { cause } = error as Failure
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== 'EXDEV') throw error
    throw new Failure('io', `${path} cannot be moved to ${folder}, which is on another disk`, {
      hint: 'choose a folder on the same disk',
      cause: error,
    })
  }
}

/** The first of the names that no file has: without a number, then with `.2`, `.3`, … */
function freeName(path: string, nameWith: (number: string) => string): string {
  for (let number = 1; number < 1_000_000; number++) {
    const name = nameWith(number === 1 ? '' : `.${number}`)
    // A list of the folder would cost more with every file that was put away.
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return name
  }
  throw new Failure('limit', `too many files were put away under the name of ${path}`)
}
