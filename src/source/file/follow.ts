/**
 * A generation is what one file takes in from its beginning until it is cut, written anew or removed. Meanwhile the file may
 * be renamed, copied or packed, so the source follows generations, not names. Each is in one of four states:
 *
 *              a copy is found                 no copy is found
 *          ┌───────────────────── lost ───────────────────────────▶ given up
 *          ▼   other bytes in     ▲  ▲
 *   ──▶ named ────────────────────┘  │ renamed again
 *        │ ▲ │     its file          │ before it was opened
 *        │ │ └──────────────▶ cut    │
 *   name │ │ name  cut short   │     │
 *   gone │ │ back              │     │
 *        ▼ │                   │     │         read to its end
 *       away ──────────────────┼─────┴────────────────────────────▶ ended, or named again
 *                              └──────────────────────────────────▶ where a copy goes on
 *
 * Its lines are counted from its own beginning, so the partition of a line does not depend on the other files.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { assert } from '../../base/assert.ts'
import type { LineCutter } from '../whole-lines.ts'
import { type FoundFile, isStill } from './find.ts'
import { type Packing, packingOfName } from './packed.ts'
import type { FilePlace } from './place.ts'
import { type FileBytes, type FilePrint, HEAD_BYTES, hasPrint, printOf } from './print.ts'

/** Limit of files kept open; beyond it, those that have not grown for longest are closed until they grow. */
const MAX_OPEN = 512

/** A file that a generation is read from. Plain files are kept open: an open file is read on when it is renamed or removed. */
export type InputFile = {
  /** As the pattern gave it, and in full. */
  readonly path: string
  readonly whole: string
  /** Device and inode. */
  readonly id: string
  /** Its size and time of change when it was read last. */
  seen: string
} & ({ readonly packing: undefined; handle: FileHandle | undefined } | { readonly packing: Packing })

/** The last name of a file and which one it was. */
type GoneFile = Pick<InputFile, 'path' | 'id'>

export type GenerationState =
  /** A name that the pattern matches leads to its file. */
  | { readonly kind: 'named'; readonly file: InputFile }
  /** No such name does, but the file may still grow. `searched`: the glob was expanded once more since. */
  | { readonly kind: 'away'; readonly file: InputFile; readonly searched: boolean }
  /** Its file was cut to `limit` bytes. What is written behind them is the next generation. */
  | { readonly kind: 'cut'; readonly file: InputFile; readonly searched: boolean; readonly limit: number }
  /** Its file is gone or has other bytes. `warning` is given when it is given up; `searches` for a copy were in vain. */
  | { readonly kind: 'lost'; readonly file: GoneFile; readonly warning: string | undefined; readonly searches: number }

/** How far a generation was read. */
type Progress = {
  /** Its number among the inputs of the source, given with its first lines. */
  input: string | undefined
  /** How many lines were delivered. */
  line: number
  /** Of the bytes that were read; undefined until there are some. */
  print: FilePrint | undefined
  /** A packed file was read to its end. */
  done: boolean
}

/** Only the moves in this file change `state`. */
export type Generation = Progress & {
  state: GenerationState
  cutter: LineCutter
  /** How many bytes were read: to the end of the last line delivered, and half a line more. */
  position: number
  /** When it was read last, or lost its name or file, by `Clock.elapsed`. */
  grewAt: number
}

/** A file that goes on for a generation. `print` is that of the whole copy, where it has fewer bytes than were read. */
export type Copy = { readonly here: FoundFile; readonly print?: FilePrint | undefined }

export type CutterAt = (path: string, position: number) => LineCutter

/** A generation in the file `here`, which is read from where the cutter begins. `progress` is that of the last run. */
export function begin(here: FoundFile, cutter: LineCutter, now: number, progress: Partial<Progress> = {}): Generation {
  const state: GenerationState = { kind: 'named', file: inputFile(here) }
  const none: Progress = { input: undefined, line: 0, print: undefined, done: false }
  return { ...none, ...progress, state, cutter, position: cutter.offset, grewAt: now }
}

function inputFile({ path, whole, id }: FoundFile): InputFile {
  return { path, whole, id, seen: '', packing: packingOfName(path), handle: undefined }
}

/** The file that has the generation; undefined where it is lost. */
export const fileOf = ({ state }: Generation): InputFile | undefined => (state.kind === 'lost' ? undefined : state.file)

/** Whether its file has this generation alone, from its first byte to its last. */
export const hasWholeFile = ({ state }: Generation): boolean => state.kind === 'named' || state.kind === 'away'

/** Whether anything was read, so that it is known which generation it is. */
export const isRead = ({ position, input }: Generation): boolean => position > 0 || input !== undefined

/** named, away → named: a name that the pattern matches leads to the file. */
export function toNamed(generation: Generation, { path, whole }: FoundFile): void {
  const { state } = generation
  assert(state.kind === 'named' || state.kind === 'away', 'a name leads to a whole file')
  generation.state = { kind: 'named', file: { ...state.file, path, whole } }
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

/** named, away → lost: from now on its bytes are searched for in other files. */
export async function toLost(generation: Generation, warning?: string): Promise<void> {
  const { path, id } = generation.state.file
  await closeGeneration(generation)
  generation.state = { kind: 'lost', file: { path, id }, warning, searches: 0 }
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
  const file = inputFile(here)
  const { offset } = generation.cutter
  generation.cutter = to.cutter(here.path, Math.min(offset, print?.at ?? offset))
  generation.position = generation.cutter.offset
  generation.print = print ?? generation.print
  generation.grewAt = to.now
  generation.state = to.kind === 'named' ? { kind: 'named', file } : { kind: 'away', file, searched: false }
}

/** Opens a file that is not open; false where another file has its name by now. */
export async function openFile(file: InputFile): Promise<boolean> {
  if (file.packing !== undefined || file.handle !== undefined) return true
  const handle = await open(file.whole).catch((error) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)))
  if (handle === undefined) return false
  const { dev, ino } = await handle.stat({ bigint: true })
  if (`${dev}:${ino}` === file.id) {
    file.handle = handle
    return true
  }
  await handle.close()
  return false
}

/** Whether the file is kept open; packed files never are. */
export const isOpen = (file: InputFile): boolean => file.packing === undefined && file.handle !== undefined

/** Closes the file of a generation, if it is open. */
export async function closeGeneration(generation: Generation): Promise<void> {
  const file = fileOf(generation)
  if (file === undefined || file.packing !== undefined) return
  const { handle } = file
  file.handle = undefined
  await handle?.close()
}

/** Closes some files where too many are open. A file without a name stays open, as it could not be opened again. */
export async function closeQuiet(generations: readonly Generation[]): Promise<void> {
  const open = generations.filter(({ state }) => state.kind === 'named' && isOpen(state.file))
  if (open.length <= MAX_OPEN) return
  open.sort((a, b) => a.grewAt - b.grewAt)
  for (const quiet of open.slice(0, open.length - MAX_OPEN)) await closeGeneration(quiet)
}

/** Whether no name leads to the file any more. */
export async function isRemoved(file: InputFile): Promise<boolean> {
  return file.packing !== undefined || file.handle === undefined || (await file.handle.stat()).nlink === 0
}

/** Whether the file still begins with the bytes that were read. */
export async function isUnchanged({ print, position }: Generation, file: InputFile, now: FoundFile): Promise<boolean> {
  if (now.seen === file.seen) return true
  if (print === undefined) return now.size >= position
  if (!(await openFile(file))) return true
  return (await hasPrint(bytesIn(file), print)) || !(await isStill(now))
}

/** Whether the file was cut to `size` bytes, and these are as they were read and enough to be sure of it. */
export async function isCutTo(size: number, { print }: Generation, file: InputFile): Promise<boolean> {
  if (print === undefined || size >= print.at || size < HEAD_BYTES || file.packing !== undefined) return false
  return (await printOf(bytesIn(file), HEAD_BYTES))?.head === print.head
}

/** Where the bytes of a file are read, unpacked. A plain file must be open. */
export function bytesIn(file: InputFile): FileBytes {
  if (file.packing !== undefined) return { path: file.whole, packing: file.packing }
  assert(file.handle !== undefined, 'a plain file is open when its bytes are compared')
  return { fd: file.handle.fd }
}

/** What the place of the source keeps of a generation, by its number; undefined until it has one. */
export function keptPlace({ input, print, line, done, cutter, state }: Generation): [string, FilePlace] | undefined {
  if (input === undefined || print === undefined) return undefined
  const { path, id } = state.file
  return [input, { line, path, id, offset: cutter.offset, print, ...(done ? { done } : {}) }]
}
