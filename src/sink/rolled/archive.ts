/**
 * Where rolled files are, and what their names say. A file that grows is called `NAME-LIFE-pPARTITION-FIRST.tmp`; a closed
 * one, `NAME-LIFE-pPARTITION-FIRST-LAST.EXT`, with the offsets of its first and last record.
 *
 * A partition is delivered in order, so the names in a folder say which offsets it has: all up to the greatest LAST. Records
 * that are delivered again after a crash are recognized by that, and not written a second time.
 */
import { join, resolve } from 'node:path'
import { type Disk, isThere } from '../../base/disk.ts'
import type { Offset } from '../../base/quantity.ts'

/** What the files of one sink have in common. */
export type Archive = {
  readonly disk: Disk
  /** Folder that the paths of its folders start from. */
  readonly folder: string
  /** Name of the sink. */
  readonly name: string
  /** When the archive was begun, as a part of every name: offsets of another life are other records. */
  readonly life: string
  readonly extension: string
}

/** What the files of one folder and partition have in common; `within`: the folder, from that of the archive on. */
export type FileHome = Archive & { readonly within: string; readonly partition: number }

/** Whole path of the folder. */
export function folderOf({ folder, within }: FileHome): string {
  return resolve(folder, within)
}

/** The greatest offset in closed files; -1: there are none. */
export function lastOffsetIn(home: FileHome): Offset {
  const { disk, extension } = home
  const folder = folderOf(home)
  if (!isThere(disk, folder)) return -1
  const ends = disk
    .list(folder)
    .filter((name) => name.startsWith(prefixOf(home)) && name.endsWith(extension))
    .map((name) => Number(/-(\d{20})$/.exec(name.slice(0, -extension.length))?.[1] ?? -1))
  return ends.reduce((greatest, end) => Math.max(greatest, end), -1)
}

/** Path of the file that grows from offset `first` on. */
export function growingPath(home: FileHome, first: Offset): string {
  return join(folderOf(home), `${prefixOf(home)}${offsetText(first)}.tmp`)
}

/** Path of the closed file with these offsets. */
export function closedPath(home: FileHome, first: Offset, last: Offset): string {
  return join(folderOf(home), `${prefixOf(home)}${offsetText(first)}-${offsetText(last)}${home.extension}`)
}

const prefixOf = ({ name, life, partition }: FileHome): string => `${name}-${life}-p${partition}-`
const offsetText = (offset: Offset): string => String(offset).padStart(20, '0')
