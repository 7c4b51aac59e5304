/**
 * Judges a file that is not read yet: it may be a generation of its own, or a copy of one that the source follows.
 *
 * A copy is not there at once. While `cp` or `gzip` writes it, it has a beginning of the bytes, and a copy that was made just
 * before the log was cut may stay shorter than what was read. So a file that has the beginning of a generation is never read
 * as another one: it waits until more is known, and goes on for the generation if that loses its own file.
 */
import { open, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { type FoundFile, fileId, filesBeside, isStill } from './find.ts'
import { type Copy, claimedBy, fileOf, type Generation, isRead } from './follow.ts'
import { bytesIn, type FollowedFile, isOpen, isRemoved, openFile } from './followed-file.ts'
import { isRotationOf } from './order.ts'
import { kindOfFile } from './packed.ts'
import {
  type FilePrint,
  HEAD_BYTES,
  hasPrint,
  isBeginning,
  isSame,
  type Measured,
  measurePacked,
  printOf,
  printOfPlain,
} from './print.ts'

/** A folder is read this many times, as a file that is renamed meanwhile may be seen under neither name. */
const TRIES = 3

/** How a file that is not read yet is judged. */
export type Verdict =
  | { readonly kind: 'new' }
  /** It cannot be told yet, or is a copy of a generation that still has its own file. */
  | { readonly kind: 'waits'; readonly of?: Generation; readonly copy?: Copy }
  /** It has the bytes of a generation whose own file is gone. */
  | { readonly kind: 'moved'; readonly of: Generation; readonly copy: Copy }
  /** It has all of a generation that still has its own file, and more. */
  | { readonly kind: 'longer'; readonly of: Generation }

/** How the bytes of a file relate to those that were read of a generation. `print` is that of the whole file. */
type Relation =
  | { readonly kind: 'other' | 'copy' | 'unclear' }
  | { readonly kind: 'beginning'; readonly print: FilePrint; readonly isSound: boolean }

/** `isSettled`: the file has not changed for `rotate_wait`. `untilEnd`: there will be no other look at it. */
export type Meeting = { readonly isSettled: boolean; readonly untilEnd: boolean }

/** Judges a file that is not read yet. */
export async function judge(here: FoundFile, generations: readonly Generation[], meeting: Meeting): Promise<Verdict> {
  if (here.size === 0) {
    // Once begun it would be read to its end under any name, even if it turns out to be a copy.
    const mayBeCopy = ({ path, id }: Named) => id !== here.id && isNamedAfter(here.path, path)
    let isCopy = false
    for (const of of generations) {
      isCopy ||= isRead(of) && mayBeCopy(of.state.file) && !(await hasLeftName(of, here.path))
    }
    return { kind: isCopy && !meeting.untilEnd ? 'waits' : 'new' }
  }
  const head = await measure(here, HEAD_BYTES)
  const isReady = meeting.isSettled || meeting.untilEnd
  if (head === undefined || (head.isPacked && head.print.at === 0)) return { kind: isReady ? 'new' : 'waits' }
  let verdict: Verdict = { kind: 'new' }
  for (const of of generations) {
    const { print, state } = of
    if (print === undefined || print.at === 0 || state.file.id === here.id) continue
    if (await hasLeftName(of, here.path)) continue
    const isLong = print.at >= HEAD_BYTES && head.print.at >= HEAD_BYTES
    if (isLong && print.head !== head.print.head) continue
    const isGone = state.kind === 'lost' || (state.kind !== 'named' && (await isRemoved(state.file)))
    // Short files may well begin alike: the name must say that it may be a copy, and that counts for a while only.
    if (!(isGone || isLong) && (isReady || !isNamedAfter(here.path, state.file.path))) continue
    const isThere = state.kind === 'named' || (state.kind !== 'lost' && isOpen(state.file))
    const relation = await relationOf(here, print, isThere ? state.file : undefined)
    if (relation.kind === 'unclear' && meeting.isSettled) continue
    if (relation.kind === 'copy' && isGone && (await wasRotated(here, of, generations))) continue
    const found = await verdictOf(here, of, relation, isGone)
    if (found.kind === 'moved') return found
    // Of two that it goes on for, the one with more of its bytes: the other is a copy of the beginning, or was cut short.
    if (found.kind === 'longer' && verdict.kind === 'longer' && of.position <= verdict.of.position) continue
    if (found.kind === 'longer' || (found.kind === 'waits' && verdict.kind !== 'longer')) verdict = found
  }
  return verdict
}

async function verdictOf(here: FoundFile, of: Generation, relation: Relation, isGone: boolean): Promise<Verdict> {
  switch (relation.kind) {
    case 'other':
      return { kind: 'new' }
    case 'unclear':
      return { kind: 'waits' }
    case 'beginning': {
      const { isSound, print } = relation
      if (!isSound) return { kind: 'waits', of }
      // A file that was removed is read to its end first.
      const isMoved = of.state.kind === 'lost' && isLikely(here, of.state.file, print)
      return { kind: isMoved ? 'moved' : 'waits', of, copy: { here, print } }
    }
    case 'copy':
      if (!isGone && (await isLonger(here, of))) return { kind: 'longer', of }
      return { kind: isGone ? 'moved' : 'waits', of, copy: { here } }
  }
}

/** Whether the file of a generation had this name and was renamed, or was seen to vanish: then another file there is no copy. */
async function hasLeftName({ state, left }: Generation, path: string): Promise<boolean> {
  if (left.includes(path)) return true
  return state.kind === 'away' && state.file.path === path && isOpen(state.file) && !(await isRemoved(state.file))
}

/** Whether a file has the name of a generation whose own is gone, but a rotation beside it has the bytes: packed, say. */
async function wasRotated(here: FoundFile, of: Generation, generations: readonly Generation[]): Promise<boolean> {
  const { print, state } = of
  if (print === undefined || !isReplaced(here, state.file)) return false
  const claimed = claimedBy(generations).add(here.id)
  const copy = await findCopy({ path: here.whole, id: state.file.id, print }, claimed, '/')
  return copy !== undefined && isRotationOf(copy.here.path, here.path)
}

/** Whether another file has the name; after a restart of the machine, the same file may be on a device of another number. */
export const isReplaced = (here: Named, last: Named): boolean =>
  here.path === last.path && here.id.split(':')[1] !== last.id.split(':')[1]

/** What is said of a file that was replaced by one with the same beginning. */
export const replacedText = (path: string): string =>
  `${path} was replaced by a file that begins with all that was read of it: only what comes behind is read. If it is a new text, its beginning is lost`

/** Whether a file has all that was read of a generation, whose own file has no more, and goes on behind that. */
async function isLonger(here: FoundFile, of: Generation): Promise<boolean> {
  const { position } = of
  const file = fileOf(of)
  if (file === undefined || !(await isReadWhole(of))) return false
  const more = await measure(here, position + 1)
  if (more === undefined || more.print.at <= position) return false
  // The print of a packed file may be of its first bytes only.
  const read = await printOf(bytesIn(file), position)
  const same = await measure(here, position)
  return read !== undefined && same !== undefined && isSame(read, same.print)
}

/** Whether all that can be read of its file was read, and the file is as it was. */
async function isReadWhole(of: Generation): Promise<boolean> {
  const file = fileOf(of)
  if (of.print === undefined || file === undefined || !(await openFile(file))) return false
  if (file.packing !== undefined) {
    const found = await stat(file.whole).catch(() => undefined)
    return of.packed === found?.size && (of.done || of.fault !== undefined)
  }
  if (file.handle === undefined || (await file.handle.stat()).size !== of.position) return false
  return hasPrint(bytesIn(file), of.print)
}

type Named = { readonly path: string; readonly id: string }

/** Files of a few bytes may begin alike by chance, unless the name says that one is a copy. */
const isLikely = (here: FoundFile, of: Named, print: FilePrint): boolean =>
  print.at >= HEAD_BYTES || isNamedAfter(here.path, of.path)

/** Whether rotation makes this name from the other: `a.log.1`, `a.log-20261121.gz`, `a-20261121.log` from `a.log`. */
function isNamedAfter(path: string, of: string): boolean {
  const name = basename(path)
  const base = basename(of)
  const stem = basename(base, extname(base))
  return name.startsWith(base) || (name.startsWith(stem) && /^[-._]/.test(name.slice(stem.length)))
}

/** How the file relates to the bytes with the print `whole`. `own` is their own file, where it is still there. */
async function relationOf(here: FoundFile, whole: FilePrint, own?: FollowedFile): Promise<Relation> {
  if (whole.at === 0) return { kind: 'other' }
  const measured = await measure(here, whole.at)
  if (measured === undefined) return { kind: 'unclear' }
  const { print, isSound } = measured
  if (print.at === whole.at) return { kind: isSame(print, whole) ? 'copy' : 'other' }
  if (print.at === 0) return { kind: 'other' }
  const beginning = { kind: 'beginning', print, isSound } as const
  if (own === undefined) {
    const printAt = async (at: number) => (await measure(here, at))?.print
    return (await isBeginning(print.at, whole, printAt)) ? beginning : { kind: 'other' }
  }
  if (!(await openFile(own))) return { kind: 'unclear' }
  const same = await printOf(bytesIn(own), print.at)
  // It may be cut at this very moment.
  if (!(await hasPrint(bytesIn(own), whole))) return { kind: 'unclear' }
  return same !== undefined && isSame(same, print) ? beginning : { kind: 'other' }
}

/** The print of the file's first `at` bytes, or of all where it has fewer; undefined where it is not there any more. */
export async function measure({ whole, id }: FoundFile, at: number): Promise<Measured | undefined> {
  const handle = await open(whole).catch(() => undefined)
  try {
    const found = await handle?.stat({ bigint: true })
    if (handle === undefined || found === undefined || fileId(found) !== id) return undefined
    const kind = await kindOfFile(handle)
    if (kind?.kind === 'packed') return await measurePacked(whole, kind.packing, at, id)
    const print = printOfPlain(handle.fd, Math.min(at, Number(found.size)))
    return print && { print, isSound: true, isPacked: false }
  } finally {
    await handle?.close()
  }
}

/** A generation without a file: the last name, device and inode, and the print of the bytes that were read. */
export type LastKnown = Named & { readonly print: FilePrint }

/** The file of this generation among those beside its last name: itself under another name, or a copy, perhaps packed. */
export async function findCopy(
  last: LastKnown,
  claimed: ReadonlySet<string | undefined>,
  folder: string,
): Promise<Copy | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const beside = (await filesBeside(last.path, folder)).filter((file) => !claimed.has(file.id))
    const itself = beside.filter((file) => file.id === last.id)
    let shorter: Copy | undefined
    let replaced: Copy | undefined
    for (const here of [...itself, ...beside]) {
      // What has its name by now may be a new text that begins alike: a rotation with the same bytes shows that.
      if (replaced !== undefined && !isRotationOf(here.path, last.path)) continue
      const relation = await relationOf(here, last.print)
      if (relation.kind === 'copy' && (await isStill(here))) {
        if (!isReplaced(here, last)) return { here }
        replaced = { here }
      }
      const isShorter = relation.kind === 'beginning' && relation.isSound && isLikely(here, last, relation.print)
      if (isShorter && here.id !== last.id && (await isStill(here))) shorter ??= { here, print: relation.print }
    }
    const copy = replaced ?? shorter
    if (copy !== undefined) return copy
  }
  return undefined
}
