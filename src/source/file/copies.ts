/**
 * Tells what a file is that the source meets under a name: a text of its own, or a copy of one that it follows.
 *
 * Copies are not there at once. While `cp` or `gzip` writes one it has a beginning of the text, and a copy that was made just
 * before the log was cut may stay shorter than what was read of it. So a file that has a beginning of a text is never begun
 * as another one: it waits until it can be told, and if its text loses its own file, it has the rest of it.
 */
import { open } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { type FoundFile, filesBeside, isStill } from './find.ts'
import { type Copy, type Followed, isRead, isRemoved, openFollowed, textOf } from './follow.ts'
import { packingOfName } from './packed.ts'
import {
  HEAD_BYTES,
  hasPrint,
  isBeginning,
  isSame,
  type Measured,
  measurePacked,
  type Print,
  printOf,
  printOfPlain,
} from './print.ts'

/** A folder is read again, as a file that is renamed meanwhile is under neither name. */
const TRIES = 3

export type Origin =
  | { readonly kind: 'new' }
  /** It cannot be told yet, or is a copy of a text that is still there. */
  | { readonly kind: 'waits'; readonly of?: Followed; readonly copy?: Copy }
  /** It has what was read of a text whose file is gone. */
  | { readonly kind: 'moved'; readonly of: Followed; readonly copy: Copy }
  /** It has a whole text that is still there, and more. */
  | { readonly kind: 'longer'; readonly of: Followed }

/** What a file has of a text; `all` of a beginning that will not grow any more is the print of all it has. */
type Relation =
  | { readonly kind: 'other' | 'copy' | 'unclear' }
  | { readonly kind: 'beginning'; readonly print: Print; readonly isSound: boolean }

/** What is known of the run: whether the file has not changed for long, and whether there will be no other look. */
export type Meeting = { readonly isSettled: boolean; readonly untilEnd: boolean }

/** What a file is that is not read yet. */
export async function originOf(here: FoundFile, followed: readonly Followed[], meeting: Meeting): Promise<Origin> {
  const isPacked = packingOfName(here.path) !== undefined
  if (!isPacked && here.size === 0) {
    // Once it is open it would be read under any name, and to its end, even if it turns out to be a copy.
    const isCopy = followed.some((of) => isRead(of) && of.id !== here.id && isNamedAfter(here.path, of.path))
    return { kind: isCopy && !meeting.untilEnd ? 'waits' : 'new' }
  }
  const head = await measure(here, HEAD_BYTES)
  const isReady = meeting.isSettled || meeting.untilEnd
  if (head === undefined || (isPacked && head.print.at === 0)) return { kind: isReady ? 'new' : 'waits' }
  let origin: Origin = { kind: 'new' }
  for (const of of followed) {
    if (of.print === undefined || of.print.at === 0 || of.id === here.id) continue
    const isLong = of.print.at >= HEAD_BYTES && head.print.at >= HEAD_BYTES
    if (isLong && of.print.head !== head.print.head) continue
    const isGone = of.lost !== undefined || (of.detached && (await isRemoved(of)))
    // Short texts may well begin alike: the name must say that it may be a copy, and that for a while only.
    if (!(isGone || isLong) && (isReady || !isNamedAfter(here.path, of.path))) continue
    const hasText = of.lost === undefined && (of.handle !== undefined || !of.detached)
    const relation = await relationOf(here, of, hasText ? of : undefined)
    if (relation.kind === 'unclear' && meeting.isSettled) continue
    const met = await meet({ here, of, isGone, isPacked }, relation)
    if (met.kind === 'moved' || met.kind === 'longer') return met
    if (met.kind === 'waits') origin = met
  }
  return origin
}

type Met = {
  readonly here: FoundFile
  readonly of: Followed
  readonly isGone: boolean
  readonly isPacked: boolean
}

async function meet({ here, of, isGone, isPacked }: Met, relation: Relation): Promise<Origin> {
  const copy = { here, print: relation.kind === 'beginning' ? relation.print : undefined }
  switch (relation.kind) {
    case 'other':
      return { kind: 'new' }
    case 'unclear':
      return { kind: 'waits' }
    case 'beginning': {
      if (!relation.isSound) return { kind: 'waits', of }
      // What was removed is read to its end first.
      return of.lost !== undefined && isLikely(here, of, relation.print)
        ? { kind: 'moved', of, copy }
        : { kind: 'waits', of, copy }
    }
    case 'copy': {
      if (isGone) return { kind: 'moved', of, copy }
      const isLonger = !isPacked && of.packing === undefined && here.size > of.position
      if (isLonger) return (await isReadWhole(of)) ? { kind: 'longer', of } : { kind: 'waits', of, copy }
      return { kind: 'waits', of, copy }
    }
  }
}

/** Whether the file has its text still, and all of it was read: only then has a longer copy more. */
async function isReadWhole(of: Followed): Promise<boolean> {
  if (of.print === undefined || !(await openFollowed(of)) || of.handle === undefined) return false
  return (await of.handle.stat()).size === of.position && (await hasPrint(textOf(of), of.print))
}

/** A few bytes may begin like those of another text by chance, unless the name says what they are. */
const isLikely = (here: FoundFile, of: { readonly path: string }, print: Print): boolean =>
  print.at >= HEAD_BYTES || isNamedAfter(here.path, of.path)

/** Whether a file is called as rotation calls one of this name: `a.log.1`, `a.log-20261121.gz`, `a-20261121.log`. */
function isNamedAfter(path: string, of: string): boolean {
  const name = basename(path)
  const base = basename(of)
  const stem = basename(base, extname(base))
  return name.startsWith(base) || (name.startsWith(stem) && /^[-._]/.test(name.slice(stem.length)))
}

/** What the file has of a text, whose own file is `own` where it is still there. */
async function relationOf(
  here: FoundFile,
  { print: whole }: { readonly print: Print | undefined },
  own?: Followed,
): Promise<Relation> {
  if (whole === undefined || whole.at === 0) return { kind: 'other' }
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
  if (!(await openFollowed(own))) return { kind: 'unclear' }
  const same = await printOf(textOf(own), print.at)
  // It may be cut at this very moment.
  if (!(await hasPrint(textOf(own), whole))) return { kind: 'unclear' }
  return same !== undefined && isSame(same, print) ? beginning : { kind: 'other' }
}

/** The print of the file's first `at` bytes, or of as many as it has; undefined where it is not there any more. */
async function measure({ path, whole, id }: FoundFile, at: number): Promise<Measured | undefined> {
  const packing = packingOfName(path)
  if (packing !== undefined) return measurePacked(whole, packing, at, id)
  const handle = await open(whole).catch(() => undefined)
  try {
    const found = await handle?.stat({ bigint: true })
    if (handle === undefined || found === undefined || `${found.dev}:${found.ino}` !== id) return undefined
    const print = printOfPlain(handle.fd, Math.min(at, Number(found.size)))
    return print && { print, isSound: true }
  } finally {
    await handle?.close()
  }
}

/** A text as it was known last. */
export type LastKnown = { readonly path: string; readonly id: string; readonly print: Print }

/** The file of this text among those beside its last name: itself under another name, or a copy, perhaps packed. */
export async function findText(
  text: LastKnown,
  claimed: ReadonlySet<string>,
  folder: string,
): Promise<Copy | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const beside = (await filesBeside(text.path, folder)).filter((file) => !claimed.has(file.id))
    const itself = beside.filter((file) => file.id === text.id)
    let shorter: Copy | undefined
    for (const here of [...itself, ...beside]) {
      const relation = await relationOf(here, text)
      if (relation.kind === 'copy' && (await isStill(here))) return { here }
      const isShorter = relation.kind === 'beginning' && relation.isSound && isLikely(here, text, relation.print)
      if (isShorter && here.id !== text.id && (await isStill(here))) shorter ??= { here, print: relation.print }
    }
    if (shorter !== undefined) return shorter
  }
  return undefined
}
