/** Finds texts again under other names: those of the last run, to go on in each where it was, and copies of those followed. */
import { byteText } from '../base/units.ts'
import { type FoundFile, filesBeside, findFile, isStill } from './file-find.ts'
import {
  closeFollowed,
  type Followed,
  follow,
  isCopy,
  isCut,
  isRemoved,
  openFollowed,
  printOfFound,
} from './file-follow.ts'
import type { KnownFile } from './file-place.ts'
import { HEAD_BYTES, type Print } from './file-print.ts'
import type { LineCutter } from './whole-lines.ts'

/** A folder is read again, as a file that is renamed meanwhile is under neither name. */
const TRIES = 3

export type Resuming = {
  readonly folder: string
  readonly now: number
  cutter(path: string, offset: number): LineCutter
  warn(message: string): void
}

export async function resumeFiles(files: readonly KnownFile[], resuming: Resuming): Promise<Followed[]> {
  const followed: Followed[] = []
  const moved: KnownFile[] = []
  for (const known of files) {
    const here = await findFile(known.last.path, resuming.folder)
    const same = here?.id === known.last.id ? await resumeIn(here, known, resuming) : []
    followed.push(...same)
    if (same.length === 0) moved.push(known)
  }
  for (const known of moved) {
    const claimed = new Set(followed.map(({ id }) => id))
    const copy = await findText(known.last, claimed, resuming.folder)
    if (copy !== undefined) followed.push(...(await resumeIn(copy, known, resuming)))
    else warnLost(known, resuming)
  }
  return followed
}

/** The file of this text among those beside its last name: itself under another name, or a copy, perhaps packed. */
export async function findText(
  { path, id, print }: { readonly path: string; readonly id: string; readonly print: Print },
  claimed: ReadonlySet<string>,
  folder: string,
): Promise<FoundFile | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const beside = (await filesBeside(path, folder)).filter((file) => !claimed.has(file.id))
    const itself = beside.filter((file) => file.id === id)
    for (const file of [...itself, ...beside]) if ((await isCopy(file, print)) && (await isStill(file))) return file
  }
  return undefined
}

/** A file that is followed, and whether nothing but an open handle leads to it any more. */
export type Original = { readonly of: Followed; readonly isRemoved: boolean }

/**
 * The file that is followed of which this one begins with all that was read. Of a file that is still there, only a long
 * text is taken for a copy: short ones may well begin alike.
 */
export async function originalOf(here: FoundFile, followed: readonly Followed[]): Promise<Original | undefined> {
  const head = (await printOfFound(here, HEAD_BYTES))?.head
  for (const of of followed) {
    if (of.print === undefined) continue
    const removed = of.detached && (await isRemoved(of))
    if (!removed && (of.print.at < HEAD_BYTES || of.print.head !== head)) continue
    if (await isCopy(here, of.print)) return { of, isRemoved: removed }
  }
  return undefined
}

/** Goes on in a file if it has the text; two parts where it was cut: what is left of the text, and what comes behind. */
async function resumeIn(here: FoundFile, known: KnownFile, { cutter, now, warn }: Resuming): Promise<Followed[]> {
  const { print } = known.last
  const file = follow(here, cutter(here.path, known.offset), now)
  Object.assign(file, { part: known.part, line: known.line, print, done: known.done })
  if (known.done && here.id === known.last.id) return [file]
  const found = await printOfFound(here, print.at)
  if (found?.head === print.head && found.tail === print.tail) {
    await openFollowed(file)
    return [file]
  }
  if (!(await openFollowed(file)) || !(await isCut(file, here.size))) {
    await closeFollowed(file)
    return []
  }
  warn(`${here.path} was cut to ${byteText(here.size)}; what comes behind is read`)
  return [Object.assign(file, { limit: here.size, detached: true }), follow(here, cutter(here.path, here.size), now)]
}

function warnLost({ last, missing }: KnownFile, { warn }: Resuming): void {
  if (last.done && missing === 0) return
  const rest = `what it had behind byte ${last.offset} is lost`
  const lines = missing === 0 ? '' : `, and ${missing} lines before that`
  warn(`${last.path} is not there any more, nor is a copy beside it: ${rest}${lines}`)
}
