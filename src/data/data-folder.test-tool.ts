/** Folders for tests, removed after them, and disks whose troubles the test decides. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Disk, DiskFile } from '../base/disk/disk.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'

/** An empty folder that is removed when the test disposes of it. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'tailrace-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Called before each operation of the real disk. */
export type Troubles = {
  /** If it throws, half of the bytes are written and the write fails with that error. */
  write?: (path: string) => void
  /** If it throws or rejects, the sync fails with that error. */
  sync?: (path: string) => void | Promise<void>
}

/** The real disk with troubles. */
export function troubledDisk(troubles: Troubles): Disk {
  const open = (file: DiskFile): DiskFile => ({
    ...file,
    write(buffers, position) {
      try {
        troubles.write?.(file.path)
      } catch (error) {
        const half = buffers.slice(0, Math.ceil(buffers.length / 2)).map((one) => one.subarray(0, one.length >> 1))
        file.write(half, position)
        throw error
      }
      file.write(buffers, position)
    },
    async sync() {
      await troubles.sync?.(file.path)
      await file.sync()
    },
  })
  return { ...nodeDisk, open: (path, access) => open(nodeDisk.open(path, access)) }
}

/** A disk that does not wait for the device and locks nothing, for tests without power cuts. */
export const hastyDisk: Disk = {
  ...nodeDisk,
  open: (path, access) => ({ ...nodeDisk.open(path, access), sync: async () => {} }),
  async mkdir(folder) {
    mkdirSync(folder, { recursive: true })
  },
  syncFolder: async () => {},
  lock: () => ({ release() {} }),
}
