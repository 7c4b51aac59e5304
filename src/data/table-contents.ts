/**
 * What lookup tables contained: each version that a replay may still need, as the bytes that were read.
 *
 *   DATA/tables/NAME/DIGEST    the content of a version; DIGEST is its SHA-256, in hexadecimal digits
 */

import { sha256 } from '../base/digest.ts'
import { type Disk, isThere, readWhole, replaceFileSlowly } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'

const DIGEST = /^[0-9a-f]{64}$/
/** Bytes written at a time: other work has its turn in between. */
const SLICE_BYTES = 1 << 20

/** The digest by which a content is known. */
export const digestOf = (bytes: Uint8Array): string => sha256(bytes, 'hex')

const tablesFolder = (folder: string): string => `${folder}/tables`
const pathOf = (folder: string, table: string, digest: string): string => `${tablesFolder(folder)}/${table}/${digest}`

export type TableContents = {
  /** Keeps a content; resolves when it is durable. `giveWay` lets other work have its turn. */
  keep(table: string, bytes: Uint8Array, giveWay: () => Promise<unknown>): Promise<void>
  /** A content that is kept; undefined: it is not. Throws a Failure ('corrupt') where it is damaged. */
  read(table: string, digest: string): Uint8Array | undefined
  /** Removes the contents of a table that are not among the `wanted`, and what a crash has left. */
  dropOthers(table: string, wanted: ReadonlySet<string>): void
}

/** The contents that a data folder keeps. */
export const openTableContents = (disk: Disk, folder: string): TableContents => ({
  async keep(table, bytes, giveWay) {
    const path = pathOf(folder, table, digestOf(bytes))
    if (isThere(disk, path)) return
    await disk.mkdir(`${tablesFolder(folder)}/${table}`)
    await replaceFileSlowly(disk, path, slicesOf(bytes), giveWay)
  },
  read(table, digest) {
    const path = pathOf(folder, table, digest)
    if (!isThere(disk, path)) return undefined
    const bytes = readWhole(disk, path)
    if (bytes === undefined || digestOf(bytes) === digest) return bytes
    throw new Failure('corrupt', `${path} is damaged: it has not the content that is its name`, {
      hint: 'Put back a copy. Without the file, rows from before the newest version are joined with that.',
    })
  },
  dropOthers(table, wanted) {
    for (const name of namesIn(disk, `${tablesFolder(folder)}/${table}`)) {
      if (!wanted.has(name)) disk.unlink(`${tablesFolder(folder)}/${table}/${name}`)
    }
  },
})

/** The files that are not what their names say, below the data folder. */
export function damagedContents(disk: Disk, folder: string): readonly string[] {
  return namesIn(disk, tablesFolder(folder)).flatMap((table) =>
    namesIn(disk, `${tablesFolder(folder)}/${table}`).flatMap((name) => {
      const bytes = DIGEST.test(name) ? readWhole(disk, `${tablesFolder(folder)}/${table}/${name}`) : undefined
      return bytes === undefined || digestOf(bytes) === name ? [] : [`tables/${table}/${name}`]
    }),
  )
}

const namesIn = (disk: Disk, folder: string): readonly string[] => (isThere(disk, folder) ? disk.list(folder) : [])

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
}
