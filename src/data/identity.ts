/**
 * What tells one data folder from another. A path does not: a link gives a folder a second one, and two containers may both
 * call theirs `/data`. So `format.json` has an id, made by chance when a process first owns the folder.
 */
import { hostname } from 'node:os'
import type { Clock } from '../base/clock.ts'
import { type Disk, readWhole } from '../base/disk/disk.ts'
import { recovered } from '../base/failure.ts'
import type { Random } from '../base/random.ts'
import { checksum, parseObject } from './checked-json.ts'

/** The file with the version and the id. */
export const FORMAT = 'format.json'
/** The file that says which process owns the folder, and since when. */
export const OWNER = 'owner.json'

export type FolderIdentity = {
  readonly path: string
  /** undefined: no tailrace that gives ids has owned the folder yet. */
  readonly id: string | undefined
  /** The name of the machine, or of the container, that `path` is a path of. */
  readonly host: string
}

/** The identity of a data folder on this machine. */
export const identityOf = (disk: Disk, path: string): FolderIdentity => ({
  path,
  id: idIn(disk, path),
  host: hostname(),
})

type FormatFile = {
  readonly product?: unknown
  readonly version?: unknown
  readonly id?: unknown
  readonly crc32c?: unknown
}

/** The content of the file with the version and the id. */
export function formatText(product: string, version: number, id: string): string {
  const content = { product, version, id }
  return `${JSON.stringify({ ...content, crc32c: checksum(content) })}\n`
}

/** Whether a format file is as it was written: one of an older tailrace has neither an id nor a checksum. */
export const isFormatWhole = ({ product, version, id, crc32c }: FormatFile): boolean =>
  id === undefined && crc32c === undefined ? true : crc32c === checksum({ product, version, id })

/** A new id. The time is in it, as a seed has 32 bits only. */
export const newId = (clock: Clock, random: Random): string =>
  [clock.now(), random.below(2 ** 32), random.below(2 ** 32)].map((part) => part.toString(36)).join('-')

/** Whether two paths lead to one folder, of which this process owns the first: its note of that is in both. */
export function isSameFolder(disk: Disk, owned: string, other: string): boolean {
  const note = readWhole(disk, `${owned}/${OWNER}`)
  const found = unlessGone(() => readWhole(disk, `${other}/${OWNER}`))
  return note !== undefined && found !== undefined && Buffer.compare(note, found) === 0
}

/** Whether a data folder exists at the path and has this id; where `id` is undefined, whether there is one at all. */
export function isFolderThere(disk: Disk, path: string, id: string | undefined): boolean {
  const look = () => {
    const bytes = unlessGone(() => readWhole(disk, `${path}/${FORMAT}`))
    return bytes !== undefined && (id === undefined || parseObject(bytes)?.id === id)
  }
  // A folder that this user may not look into exists.
  return recovered(['denied'], look, () => true)
}

function idIn(disk: Disk, path: string): string | undefined {
  const { id } = parseObject(unlessGone(() => readWhole(disk, `${path}/${FORMAT}`)) ?? new Uint8Array(0)) ?? {}
  return typeof id === 'string' ? id : undefined
}

const unlessGone = <Result>(work: () => Result): Result | undefined => recovered(['not-found'], work, () => undefined)
