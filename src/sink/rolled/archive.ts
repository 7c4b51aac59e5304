/**
 * What the names of rolled files say. A closed file is called `PREFIX-LIFE-pPARTITION-FIRST-LASTSUFFIX`, with the offsets of its
 * first and last record. A file that is half written has a name that ends in `.tmp`.
 *
 * A partition is delivered in order, so the names in a folder say which offsets it has: all up to the greatest LAST. Records
 * that are delivered again after a crash are recognized by that, and not written a second time.
 */
import type { Offset } from '../../base/quantity.ts'

/** The files that belong together: each goes on where the one before it ends. */
export type FileHome = {
  /** Folder, as the path of the sink names it. */
  readonly within: string
  readonly prefix: string
  /** When the archive was begun: offsets of another life are other records. */
  readonly life: string
  readonly partition: number
}

/** Whether two homes of a sink are the same. */
export const isSameHome = (one: FileHome, other: FileHome): boolean =>
  one.within === other.within && one.prefix === other.prefix && one.partition === other.partition

/** What a closed file has. `suffix` is that of its content, before it is packed. */
export type WholeFile = {
  readonly home: FileHome
  readonly first: Offset
  readonly last: Offset
  /** Bytes, before they are packed. */
  readonly length: number
  /** Records or rows. */
  readonly count: number
  readonly suffix: string
  /** Where it has grown, on the local disk. */
  readonly grown: string
}

/** The suffix of files that are not whole; it ends no other name. */
export const UNFINISHED = '.tmp'

/** The greatest offset in closed files of a home, of which these are the names in its folder; -1: there are none. */
export function lastOffsetIn(home: FileHome, names: readonly string[]): Offset {
  return names.reduce((greatest, name) => {
    const isWhole = !name.endsWith(UNFINISHED)
    return isWhole ? Math.max(greatest, Number(closedOffsets(home, name)?.[2] ?? -1)) : greatest
  }, -1)
}

/** Whether a name in the folder of a home is that of a file which was being written under its last name. */
export const isHalfWritten = (home: FileHome, name: string): boolean =>
  name.endsWith(UNFINISHED) && closedOffsets(home, name.startsWith('.') ? name.slice(1) : name) !== undefined

/** The name of the file that grows from offset `first` on, without a suffix. */
export const growingName = (home: FileHome, first: Offset): string => `${stemOf(home)}${offsetText(first)}`

/** The name of a closed file, without a suffix. */
export const closedName = ({ home, first, last }: WholeFile): string =>
  `${stemOf(home)}${offsetText(first)}-${offsetText(last)}`

function closedOffsets(home: FileHome, name: string): RegExpExecArray | undefined {
  const stem = stemOf(home)
  if (!name.startsWith(stem)) return undefined
  return /^(\d{20})-(\d{20})(?!\d)/.exec(name.slice(stem.length)) ?? undefined
}

const stemOf = ({ prefix, life, partition }: FileHome): string => `${prefix}-${life}-p${partition}-`
const offsetText = (offset: Offset): string => String(offset).padStart(20, '0')
