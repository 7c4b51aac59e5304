/** Finds the generations of the last run, to go on in each where it stopped, whatever its file is called by now. */
import { findCopy, isReplaced, measure, replacedText } from './copies.ts'
import { type FoundFile, findFile } from './find.ts'
import {
  begin,
  type CutterAt,
  claimedBy,
  closeGeneration,
  fileOf,
  type Generation,
  moveTo,
  toCut,
  toLost,
} from './follow.ts'
import { isCutTo, openFile, shortenedText } from './followed-file.ts'
import type { KnownGeneration } from './place.ts'
import { isSame } from './print.ts'

/** The most files that are opened before the first look. */
const KEPT_OPEN = 128

export type Resuming = {
  readonly folder: string
  /** `Clock.elapsed`. */
  readonly now: number
  readonly cutter: CutterAt
  warn(message: string): void
}

/** The generations of the last run: each in a file, or lost. */
export async function resumeGenerations(
  known: readonly KnownGeneration[],
  resuming: Resuming,
): Promise<readonly Generation[]> {
  const resumed: Generation[] = []
  const moved: KnownGeneration[] = []
  try {
    for (const one of known) {
      const here = await findFile(one.last.path, resuming.folder)
      const same = here?.id === one.last.id ? await resumeIn(here, one, resuming) : []
      resumed.push(...same)
      // A file that is open is read to its end, even if it is removed now.
      for (const { state } of resumed.length <= KEPT_OPEN ? same : []) {
        if (state.kind === 'named' && !one.last.done) await openFile(state.file)
      }
      if (same.length === 0) moved.push(one)
    }
    for (const one of moved) resumed.push(await resumeElsewhere(one, resumed, resuming))
    return resumed
  } catch (error) {
    for (const one of resumed) await closeGeneration(one)
    throw error
  }
}

/** Goes on in a copy, or waits for one: while logs are rotated, a file may have no name for a moment. */
async function resumeElsewhere(
  known: KnownGeneration,
  resumed: readonly Generation[],
  resuming: Resuming,
): Promise<Generation> {
  const { folder, now, cutter } = resuming
  const { path, id } = known.last
  const generation = goOn({ path, whole: path, id, size: 0, changed: 0, seen: '' }, known, resuming)
  const wasSeen = (await findFile(path, folder))?.id === id
  await toLost(generation, { warning: lostText(known), hasOther: wasSeen })
  const copy = await findCopy(known.last, claimedBy(resumed), folder)
  if (copy !== undefined && isReplaced(copy.here, known.last)) resuming.warn(replacedText(path))
  if (copy !== undefined) await moveTo(generation, copy, { kind: 'named', cutter, now })
  const file = fileOf(generation)
  if (file !== undefined) await openFile(file)
  return generation
}

/** Goes on in a file if it has the same bytes. If it was cut, a second generation begins behind the first. */
async function resumeIn(here: FoundFile, known: KnownGeneration, resuming: Resuming): Promise<readonly Generation[]> {
  const { print } = known.last
  const generation = goOn(here, known, resuming)
  if (known.done && known.packed === here.size) return [generation]
  const file = fileOf(generation)
  const found = await measure(here, print.at)
  if (file !== undefined && found !== undefined && isSame(found.print, print)) {
    // It is as it was read, so it need not be compared again. A packed file may have lines that were not taken.
    if (!found.isPacked) file.seen = here.seen
    return [generation]
  }
  const isOpen = file !== undefined && (await openFile(file))
  const isCut = isOpen && (await isCutTo(here.size, file, generation))
  // A copy with all that was read shows that the file was emptied, and begins as it did before.
  if (!isCut || (await findCopy(known.last, new Set([here.id]), resuming.folder)) !== undefined) {
    await closeGeneration(generation)
    return []
  }
  resuming.warn(shortenedText(here))
  toCut(generation, here.size)
  return [generation, begin(here, resuming.cutter(here.path, here.size), resuming.now)]
}

function goOn(here: FoundFile, known: KnownGeneration, resuming: Resuming): Generation {
  const { input, line, position, last, done, packed } = known
  return begin(here, resuming.cutter(here.path, position), resuming.now, {
    input,
    line,
    print: last.print,
    done,
    changed: last.changed ?? 0,
    packed,
  })
}

function lostText({ last, missing }: KnownGeneration): string | undefined {
  if (last.done && missing === 0) return undefined
  const rest = `what it had behind byte ${last.offset} is lost`
  const lines = missing === 0 ? '' : `, and ${missing} lines before that`
  return `${last.path} is gone, and no copy is beside it: ${rest}${lines}`
}
