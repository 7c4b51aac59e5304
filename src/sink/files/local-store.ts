/** A store of rolled files in folders of the local disk. A file grows in the folder that it is kept in, or in a folder for all. */
import { basename, dirname, join, resolve } from 'node:path'
import { type Disk, isThere } from '../../base/disk/disk.ts'
import type { Offset } from '../../base/quantity.ts'
import { closedName, type FileHome, growingName, isHalfWritten, lastOffsetIn, UNFINISHED } from '../rolled/archive.ts'
import type { FileStore } from '../rolled/file-store.ts'
import type { OpenFileState } from '../rolled/open-files.ts'
import { type FilePacking, packedBytes } from '../rolled/packing.ts'
import { cutFile } from '../rolled/rolled-file.ts'
import { scratchPath } from '../rolled/scratch.ts'
import type { LostFile } from '../sink.ts'

export type LocalStoreOptions = {
  readonly disk: Disk
  /** From which the folders of homes start. */
  readonly folder: string
  readonly packing: FilePacking
  /** Where files grow; absent: where they are kept, for people who read them as they grow. */
  readonly scratch?: string
}

/** A store on the local disk. */
export function openLocalStore({ disk, folder, packing, scratch }: LocalStoreOptions): FileStore {
  const publishPacked = async (grown: string, path: string) => {
    // A dot hides it from programs that read all files of a folder.
    const beside =
      scratch === undefined ? `${path}${UNFINISHED}` : join(dirname(path), `.${basename(path)}${UNFINISHED}`)
    await disk.mkdir(dirname(path))
    const file = disk.open(beside, 'write')
    try {
      file.truncate(0)
      let length = 0
      for await (const chunk of packedBytes(disk, grown, packing)) {
        file.write([chunk], length)
        length += chunk.length
      }
      await file.sync()
    } finally {
      file.close()
    }
    disk.rename(beside, path)
    await disk.syncFolder(dirname(path))
    disk.unlink(grown)
  }
  return {
    underWay: 0,
    growing: (home, first) =>
      scratch === undefined ? growingPath(folder, home, first) : scratchPath(scratch, home, first),
    async names(home) {
      const names = namesIn(disk, folder, home)
      const left = names.filter((name) => isHalfWritten(home, name))
      for (const name of left) disk.unlink(join(resolve(folder, home.within), name))
      return names
    },
    async publish(whole) {
      const { home, suffix, grown } = whole
      const path = join(resolve(folder, home.within), `${closedName(whole)}${suffix}${packing.suffix}`)
      // It may have been published by a call that failed after that.
      if (isThere(disk, grown)) {
        if (packing.pack === undefined) disk.rename(grown, path)
        else if (lastOffsetIn(home, namesIn(disk, folder, home)) >= whole.last) disk.unlink(grown)
        else await publishPacked(grown, path)
      }
      await disk.syncFolder(dirname(path))
    },
  }
}

/** The file of a checkpoint, where it is gone or shorter than that says and was not closed since. */
export function lostFiles(
  { disk, folder, scratch, life }: Omit<LocalStoreOptions, 'packing'> & { readonly life: string },
  { folder: within, prefix, partition, first, last, length }: OpenFileState,
): LostFile | readonly never[] {
  const home = { within, prefix, life, partition }
  const path = scratch === undefined ? growingPath(folder, home, first) : scratchPath(scratch, home, first)
  if (isThere(disk, path)) return cutFile(disk, path, { length }) ?? []
  const isClosed = lastOffsetIn(home, namesIn(disk, folder, home)) >= last
  return isClosed ? [] : { path, nature: `is gone, but offsets up to ${last} were written to it` }
}

const growingPath = (folder: string, home: FileHome, first: Offset): string =>
  join(resolve(folder, home.within), `${growingName(home, first)}${UNFINISHED}`)

function namesIn(disk: Disk, folder: string, { within }: FileHome): readonly string[] {
  const path = resolve(folder, within)
  return isThere(disk, path) ? disk.list(path) : []
}
