/** Finds the texts of the last run again, to go on in each where it was, whatever its file is called by now. */
import { resolve } from 'node:path'
import { byteText } from '../../base/units.ts'
import { findText } from './copies.ts'
import { type FoundFile, findFile } from './find.ts'
import {
  type CutterAt,
  closeFollowed,
  type Followed,
  follow,
  isCut,
  moveTo,
  openFollowed,
  printOfFound,
} from './follow.ts'
import type { KnownFile } from './place.ts'

export type Resuming = {
  readonly folder: string
  readonly now: number
  readonly cutter: CutterAt
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
    const claimed = new Set(followed.filter(({ lost }) => lost === undefined).map(({ id }) => id))
    const copy = await findText(known.last, claimed, resuming.folder)
    const file = lostFile(known, resuming)
    if (copy !== undefined) {
      await moveTo(file, copy, resuming.cutter)
      await openFollowed(Object.assign(file, { detached: false }))
    }
    followed.push(file)
  }
  return followed
}

/** A text whose file is not found: while logs are rotated it may be under no name for a moment. */
function lostFile(known: KnownFile, { folder, now, cutter }: Resuming): Followed {
  const { path, id, print } = known.last
  const file = follow({ path, whole: resolve(folder, path), id, size: 0, seen: '' }, cutter(path, known.offset), now)
  const lost = { warning: lostText(known), searches: 0 }
  return Object.assign(file, { part: known.part, line: known.line, print, done: known.done, detached: true, lost })
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

function lostText({ last, missing }: KnownFile): string | undefined {
  if (last.done && missing === 0) return undefined
  const rest = `what it had behind byte ${last.offset} is lost`
  const lines = missing === 0 ? '' : `, and ${missing} lines before that`
  return `${last.path} is not there any more, nor is a copy beside it: ${rest}${lines}`
}
