/** A data folder for a test, gone after it; and a disk whose troubles the test decides. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Disk, DiskFile } from '../base/disk.ts'
import { nodeDisk } from '../base/node-disk.ts'

export function temporaryFolder(): { readonly path: string; [Symbol.asyncDispose](): Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), 'tailrace-bus-'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** What a test puts before the real disk. */
export type Troubles = {
  /** Called before a write; what it throws is the write's failure, after half of the bytes were written. */
  write?: (path: string) => void
  /** Called before a sync; what it throws is the sync's failure. It may wait. */
  sync?: (path: string) => void | Promise<void>
}

export function troubledDisk(troubles: Troubles): Disk {
  const open = (file: DiskFile): DiskFile => ({
    ...file,
    write(parts, position) {
      try {
        troubles.write?.(file.path)
      } catch (error) {
        const half = parts.slice(0, Math.ceil(parts.length / 2)).map((part) => part.subarray(0, part.length >> 1))
        file.write(half, position)
        throw error
      }
      file.write(parts, position)
    },
    async sync() {
      await troubles.sync?.(file.path)
      await file.sync()
    },
  })
  return { ...nodeDisk, open: (path, access) => open(nodeDisk.open(path, access)) }
}

/** Does not wait for the device, and locks nothing: where nothing is to survive a power cut, a test need not. */
export const hastyDisk: Disk = {
  ...nodeDisk,
  open: (path, access) => ({ ...nodeDisk.open(path, access), sync: async () => {} }),
  async mkdir(folder) {
    mkdirSync(folder, { recursive: true })
  },
  syncFolder: async () => {},
  lock: () => ({ release() {} }),
}
