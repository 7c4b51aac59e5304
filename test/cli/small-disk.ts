/** A small disk in memory, for tests of what happens when it is full. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { TestContext } from 'vitest'
import { type Folder, folderWith } from './tailrace.ts'

export type SmallDisk = Folder & {
  /** Makes the small disk large enough. */
  enlarge(): void
  /** Makes it read-only, or writable again. */
  freeze(isReadOnly: boolean): void
}

/** A folder with these files, and in `small` a disk of this size in MiB; skips the test if none can be mounted. */
export function smallDisk(files: { readonly [name: string]: string }, size: number, context: TestContext): SmallDisk {
  const folder = folderWith(files)
  const path = folder.at('small')
  mkdirSync(path)
  const { status, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', path])
  if (error !== undefined || status !== 0) {
    folder[Symbol.dispose]()
    context.skip('NOT TESTED: a small disk cannot be mounted here')
  }
  return {
    ...folder,
    enlarge: () => void spawnSync('mount', ['-o', 'remount,size=64m', path]),
    freeze: (isReadOnly) => void spawnSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, path]),
    [Symbol.dispose]() {
      spawnSync('umount', ['-l', path])
      folder[Symbol.dispose]()
    },
  }
}
