/**
 * Finds what a source of one path has missed: a log may have been rotated more than once between two looks, or while nothing
 * ran. Then the rotations between the file that was read last and the one that has the path now were never read.
 */
import { measure } from './copies.ts'
import { type FoundFile, filesBeside } from './find.ts'
import { inOrderOfRotation, isRotationOf, rotatedName } from './order.ts'
import { type FilePrint, HEAD_BYTES, isSame } from './print.ts'

/** A file that was read: its device and inode, if it is still followed, and the print of its bytes. */
export type ReadFile = { readonly id: string | undefined; readonly print: FilePrint | undefined }

/** What the source has read, and when any of the files had been written to last. */
export type ReadFiles = { readonly files: readonly ReadFile[]; readonly changed: number }

/** The rotations of a path that are newer than all that was read, oldest first. */
export async function missedRotations(path: string, folder: string, read: ReadFiles): Promise<readonly FoundFile[]> {
  if (read.files.length === 0 && read.changed === 0) return []
  const ids = new Set(read.files.map(({ id }) => id))
  const beside = (await filesBeside(path, folder)).filter((file) => isRotationOf(file.path, path))
  const rotations = inOrderOfRotation(beside)
  const last = rotations.findLastIndex(({ id }) => ids.has(id))
  const newer = last < 0 ? rotations.filter(({ changed }) => isAfter(changed, read)) : rotations.slice(last + 1)
  if (newer.length === 0) return []
  // A log and what is being packed of it have the same number.
  const known = new Set(rotations.filter(({ id }) => ids.has(id)).map(numberOf))
  // What is still beside the path was renamed: a rotation that begins like it is another file, and not its copy.
  const present = new Set(rotations.map(({ id }) => id))
  const elsewhere = read.files.filter(({ id }) => id === undefined || !present.has(id))
  const copies = await copiesOf(
    elsewhere,
    rotations.filter(({ id }) => !ids.has(id)),
  )
  const missed: FoundFile[] = []
  for (const file of newer) {
    const age = numberOf(file)
    if (file.size === 0 || known.has(age) || copies.has(file.id)) continue
    known.add(age)
    missed.push(file)
  }
  return missed
}

/**
 * The rotations, by device and inode, that are copies of files that were read. A file has one copy, the oldest rotation that
 * begins with all that was read of it (and what is packed of that, of the same age): a newer one is a text of its own that begins
 * alike. Of two files that begin alike, the longer one is searched for first, as its copy would do for the shorter one too.
 */
async function copiesOf(files: readonly ReadFile[], rotations: readonly FoundFile[]): Promise<ReadonlySet<string>> {
  const prints = files.flatMap(({ print }) => (print === undefined || print.at === 0 ? [] : [print]))
  const heads = new Map<FoundFile, FilePrint | undefined>()
  for (const file of prints.length > 0 ? rotations : []) heads.set(file, (await measure(file, HEAD_BYTES))?.print)
  const copies = new Set<string>()
  for (const print of prints.sort((a, b) => b.at - a.at)) {
    let age: string | undefined
    for (const file of rotations) {
      if (copies.has(file.id) || (age !== undefined && age !== numberOf(file))) continue
      if (print.at >= HEAD_BYTES && heads.get(file)?.head !== print.head) continue
      const found = await measure(file, print.at)
      if (found === undefined || !isSame(found.print, print)) continue
      age = numberOf(file)
      copies.add(file.id)
    }
  }
  return copies
}

/** The file that was read last is gone: what was written to later than that was not read. */
const isAfter = (changed: number, read: ReadFiles): boolean => read.changed > 0 && changed > read.changed

function numberOf({ path }: FoundFile): string {
  const { date, number } = rotatedName(path)
  return `${date} ${number}`
}
