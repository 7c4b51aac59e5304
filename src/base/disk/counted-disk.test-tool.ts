/** A real disk that counts the files which are open. */
import type { Disk, DiskFile } from './disk.ts'
import { nodeDisk } from './node-disk.ts'

export type CountedDisk = {
  readonly disk: Disk
  /** Files that are open now. */
  open(): number
}

export function countedDisk(): CountedDisk {
  let open = 0
  const counted = (file: DiskFile): DiskFile => {
    open++
    const close = file.close.bind(file)
    return Object.assign(file, {
      close() {
        open--
        close()
      },
    })
  }
  return {
    disk: { ...nodeDisk, open: (...file: Parameters<Disk['open']>) => counted(nodeDisk.open(...file)) },
    open: () => open,
  }
}
