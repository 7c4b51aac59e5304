/**
 * A generation is what one file takes in from its beginning until it is cut, written anew or removed. Meanwhile the file may
 * be renamed, copied or packed, so the source follows generations, not names. Each is in one of four states:
 *
 *                name gone             read to its end, and quiet
 *           ┌──────────────▶ away ─────────────────────────────▶ ended
 *           │◀────────────── │                                      ▲
 *           │   name back    │ renamed before it was opened         │
 *           │                ▼                                      │
 *           │  other bytes         no copy for `rotate_wait`        │
 *   met ▶ named ───────────▶ lost ──────────────────────────────────┤
 *           │◀────────────── │                                      │
 *           │   copy found                                          │
 *           │                                                       │
 *           └──────────────▶ cut ───────────────────────────────────┘
 *           fewer bytes left         read to where it was cut
 *
 * In away and cut it goes on in a copy, if there is one, instead of ending. Its lines are counted from its own beginning, so
 * the partition of a line does not depend on the other files.
 */
import { assert } from '../../base/assert.ts'
import type { Fault, PartEnd } from '../../bytes/unpack.ts'
import type { LineCutter } from '../../record/line-cutter.ts'
import type { FoundFile } from './find.ts'
import { type FollowedFile, followedFile } from './followed-file.ts'
import type { FilePlace } from './place.ts'
import type { FilePrint } from './print.ts'
import type { Unfilled } from './unfilled.ts'

/** The last name of a file and which one it was. `hasOther`: the file is there, and was seen with other bytes or fewer. */
type GoneFile = Pick<FollowedFile, 'path' | 'id'> & { readonly hasOther: boolean }

export type GenerationState =
  /** A name that the pattern matches leads to its file. */
  | { readonly kind: 'named'; readonly file: FollowedFile }
  /** No such name does, but the file may still grow. `searched`: the glob was expanded once more since. */
  | { readonly kind: 'away'; readonly file: FollowedFile; readonly searched: boolean }
  /** Its file was cut to `limit` bytes. What is written behind them is the next generation. */
  | { readonly kind: 'cut'; readonly file: FollowedFile; readonly searched: boolean; readonly limit: number }
  /** Its file is gone or has other bytes. `warning` is for when it is given up; `searches` for a copy found none. */
  | { readonly kind: 'lost'; readonly file: GoneFile; readonly warning: string | undefined; readonly searches: number }

/** The number of names that its file had before, and that are kept. */
const KEPT_NAMES = 4

/** A generation that is followed. Only the functions in this file change its `state`. */
export type Generation = {
  state: GenerationState
  /** Its number among the inputs of the source, given with its first lines. */
  input: string | undefined
  /** How many lines were delivered. */
  line: number
  /** Of the bytes that were read; undefined until there are some. */
  print: FilePrint | undefined
  /** Whether it was read to the end of a packed file, and how long that was. */
  done: boolean
  packed: number | undefined
  /** Of a packed file: the last whole member that was read, and what was not right behind it. */
  part: PartEnd | undefined
  fault: Fault | undefined
  /** NULs at the end of its file which may yet be filled: they are not read. */
  unfilled: Unfilled | undefined
  cutter: LineCutter
  /** How many bytes were read: to the end of the last line delivered, and half a line more. */
  position: number
  /** When it was read last, or lost its name or file, by `Clock.elapsed`. */
  grewAt: number
  /** When its file had been written to last, as it was read; 0: not known. */
  changed: number
  /** Whether its place is another one than that which was delivered last. */
  hasNews: boolean
  /** Names that its file was seen to leave: another file that has one of them by now is another text. */
  left: readonly string[]
}

type Progress = Pick<Generation, 'input' | 'line' | 'print' | 'done' | 'packed' | 'changed'>

/** A file that goes on for a generation. `print` is that of the whole copy, where it has fewer bytes than were read. */
export type Copy = { readonly here: FoundFile; readonly print?: FilePrint | undefined }

export type CutterAt = (path: string, position: number) => LineCutter

/** A generation in the file `here`, which is read from where the cutter begins. `progress` is that of the last run. */
export function begin(here: FoundFile, cutter: LineCutter, now: number, progress: Partial<Progress> = {}): Generation {
  const state: GenerationState = { kind: 'named', file: followedFile(here) }
  const none: Progress = { input: undefined, line: 0, print: undefined, done: false, packed: undefined, changed: 0 }
  const reading = { part: undefined, fault: undefined, unfilled: undefined, hasNews: true, left: [] }
  return { ...none, ...progress, ...reading, state, cutter, position: cutter.position, grewAt: now }
}

/** The file that has the generation; undefined where it is lost. */
export const fileOf = ({ state }: Generation): FollowedFile | undefined =>
  state.kind === 'lost' ? undefined : state.file

/** Whether its file has this generation alone, from its first byte to its last. */
export const hasWholeFile = ({ state }: Generation): boolean => state.kind === 'named' || state.kind === 'away'

/** Whether anything was read, so that it is known which generation it is. */
export const isRead = ({ position, input }: Generation): boolean => position > 0 || input !== undefined

/** Device and inode of the files that are read for these generations: none of them is a copy that another one goes on in. */
export const claimedBy = (generations: readonly Generation[]): Set<string | undefined> =>
  new Set(generations.filter(isRead).map((one) => fileOf(one)?.id))

/** named, away → named: `here` is how a name leads to the file. */
export function toNamed(generation: Generation, { path, whole }: FoundFile): void {
  const { state } = generation
  assert(state.kind === 'named' || state.kind === 'away', 'a name leads to a whole file')
  if (state.kind === 'named' && state.file.path === path) return
  leaveName(generation, path)
  generation.state = { kind: 'named', file: { ...state.file, path, whole } }
  generation.hasNews = true
}

/** named → away. */
export function toAway(generation: Generation, now: number): void {
  const { state } = generation
  assert(state.kind === 'named', 'only a file that had a name loses it')
  generation.state = { kind: 'away', file: state.file, searched: false }
  generation.grewAt = now
}

/** Notes that the glob was expanded once more while no name led to the file; false where that was noted before. */
export function toSearched(generation: Generation): boolean {
  const { state } = generation
  if (!(state.kind === 'away' || state.kind === 'cut') || state.searched) return false
  generation.state = { ...state, searched: true }
  return true
}

/** named → cut, at `limit` bytes. */
export function toCut(generation: Generation, limit: number): void {
  const { state } = generation
  assert(state.kind === 'named', 'a file is cut under its name')
  generation.state = { kind: 'cut', file: state.file, searched: false, limit }
}

/** Notes that it goes on under the name `path`, and has left the one that it had. */
function leaveName(generation: Generation, path: string): void {
  if (generation.state.file.path !== path) noteVanished(generation)
  generation.left = generation.left.filter((name) => name !== path)
}

/** Notes that its name leads to no file, or to another one. */
export function noteVanished(generation: Generation): void {
  const { state, left } = generation
  const { path } = state.file
  if (left.at(-1) !== path) generation.left = [...left.filter((name) => name !== path), path].slice(-KEPT_NAMES)
}

type Loss = { readonly warning?: string | undefined; readonly hasOther: boolean }

/** named, away → lost: from now on its bytes are searched for in other files; in its own too unless that has other ones. */
export async function toLost(generation: Generation, { warning, hasOther }: Loss): Promise<void> {
  assert(hasWholeFile(generation), 'only a whole file is lost')
  const { path, id } = generation.state.file
  await closeGeneration(generation)
  generation.state = { kind: 'lost', file: { path, id, hasOther }, warning, searches: 0 }
}

/** Counts a search for a lost generation that found no copy. */
export function toSearchedAgain(generation: Generation): void {
  const { state } = generation
  assert(state.kind === 'lost', 'only what is lost is searched for')
  generation.state = { ...state, searches: state.searches + 1 }
}

/** Any → named or away: goes on in another file, which has the same bytes or fewer of them. */
export async function moveTo(
  generation: Generation,
  { here, print }: Copy,
  to: { readonly kind: 'named' | 'away'; readonly cutter: CutterAt; readonly now: number },
): Promise<void> {
  await closeGeneration(generation)
  // A file that was cut keeps its name, and may still have a beginning of these bytes.
  const wasCut = generation.state.kind === 'lost' && generation.state.file.hasOther
  if (!wasCut) leaveName(generation, here.path)
  const file = followedFile(here)
  const { position } = generation.cutter
  generation.cutter = to.cutter(here.path, Math.min(position, print?.at ?? position))
  generation.position = generation.cutter.position
  generation.print = print ?? generation.print
  generation.part = undefined
  generation.fault = undefined
  generation.unfilled = undefined
  generation.done = false
  generation.grewAt = to.now
  generation.hasNews = true
  generation.state = to.kind === 'named' ? { kind: 'named', file } : { kind: 'away', file, searched: false }
}

/** Closes the file of a generation, if it is open. */
export async function closeGeneration({ state }: Generation): Promise<void> {
  if (state.kind === 'lost') return
  const { handle } = state.file
  state.file.handle = undefined
  await handle?.close()
}

/** A generation in the place of the source, by its number; undefined until it has one. */
export function keptPlace({
  input,
  print,
  line,
  done,
  changed,
  packed,
  cutter,
  state,
}: Generation): [string, FilePlace] | undefined {
  if (input === undefined || print === undefined) return undefined
  const { path, id } = state.file
  const more = { ...(changed > 0 && { changed }), ...(done ? { done, packed } : {}) }
  return [input, { line, path, id, offset: cutter.position, print, ...more }]
}
