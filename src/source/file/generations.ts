/**
 * The generations that a source of files follows, and their moves from file to file: see `follow.ts`. One whose file is gone
 * is searched for again and again before it is given up, as logs are renamed and packed while they are looked at.
 */
import { unreachable } from '../../base/assert.ts'
import type { Duration } from '../../base/quantity.ts'
import type { SourceContext } from '../source.ts'
import { findCopy, isReplaced, replacedText } from './copies.ts'
import { type FoundFile, isStill } from './find.ts'
import {
  begin,
  type Copy,
  type CutterAt,
  claimedBy,
  closeGeneration,
  fileOf,
  type Generation,
  hasWholeFile,
  isRead,
  moveTo,
  noteVanished,
  toAway,
  toCut,
  toLost,
  toNamed,
  toSearchedAgain,
} from './follow.ts'
import { isCutTo, isOpen, isRemoved, isUnchanged, shortenedText } from './followed-file.ts'
import { OpenHandles } from './open-handles.ts'
import { Sightings } from './sightings.ts'

/** While a lost generation was searched for this often or less, the file in its place is not read: the rest comes first. */
const HELD_SEARCHES = 2

type Following = {
  readonly rotateWaitMs: Duration
  readonly cutter: CutterAt
  /** Called with the error of the file system where a file cannot be read. */
  unreadable(path: string, error: unknown): void
  warnOnce(message: string): void
}

/** The files that the pattern matches now, by device and inode. */
type Found = ReadonlyMap<string, FoundFile>

/** All generations that are followed. It alone moves them from state to state. */
export class Generations {
  readonly #openFiles = new OpenHandles()
  /** In the order in which they were begun. */
  #all: Generation[] = []
  /** By device and inode, those that have a file to themselves; undefined where it must be made anew. */
  #byId: Map<string, Generation> | undefined
  /** Those in whose place another file waited at the last look. */
  #held: readonly Generation[] = []
  /** Files that were seen with other bytes than were read, or fewer: what they have now is a text of its own. */
  readonly #emptied = new Set<string>()
  readonly #sightings: Sightings
  readonly #context: SourceContext
  readonly #following: Following

  constructor(context: SourceContext, following: Following) {
    this.#sightings = new Sightings(following.rotateWaitMs, context.untilEnd)
    this.#context = context
    this.#following = following
  }

  get all(): readonly Generation[] {
    return this.#all
  }

  /** Takes the generations of the last run. */
  async resume(generations: readonly Generation[]): Promise<void> {
    this.#all = [...generations]
    this.#byId = undefined
    for (const generation of generations) await this.#openFiles.note(generation)
  }

  /** Notes that the file of a generation was used. */
  used(generation: Generation): Promise<void> {
    return this.#openFiles.note(generation)
  }

  /** Notes where each generation is by now. Gives those that must be given up. */
  async follow(found: Found): Promise<readonly Generation[]> {
    this.#sightings.keep(found)
    for (const id of this.#emptied) if (!found.has(id)) this.#emptied.delete(id)
    const paths = new Set([...found.values()].map(({ path }) => path))
    for (const generation of this.#all) await this.#name(generation, found, paths)
    for (const generation of [...this.#all]) {
      try {
        await this.#compare(generation, found)
      } catch (error) {
        this.#following.unreadable(generation.state.file.path, error)
      }
    }
    this.#byId = undefined
    for (const generation of this.#all) {
      const { state, done } = generation
      // It was renamed again before it was opened.
      const isAway = state.kind === 'away' && !isOpen(state.file) && !done && !(await isStill(state.file))
      if (isAway) await toLost(generation, { hasOther: false })
    }
    const given: Generation[] = []
    for (const generation of this.#all) {
      if (!(await this.#isKept(generation, found))) given.push(generation)
    }
    this.#byId = undefined
    this.#held = this.#all.filter(isHeld)
    return given
  }

  /** Whether a file in the place of a lost generation waits, as the rest of the generation comes before it. */
  isHeld(): boolean {
    return this.#all.some(isHeld)
  }

  /** Moves a generation that is read to the end of its own file to a copy; false where there is none. */
  async moveToHeir(generation: Generation, found: Found): Promise<boolean> {
    const heir = this.#sightings.heirOf(generation)
    if (heir === undefined || !(await isStill(heir.here))) return false
    await this.#moveTo(generation, heir, found)
    return true
  }

  /** The generation that has this file, by device and inode, to itself. */
  under(id: string): Generation | undefined {
    if (this.#byId === undefined) {
      this.#byId = new Map()
      for (const one of this.#all) {
        const { file } = one.state
        if (hasWholeFile(one) && !this.#byId.has(file.id)) this.#byId.set(file.id, one)
      }
    }
    return this.#byId.get(id)
  }

  /** Notes the name of its file, or that the pattern matches none. */
  async #name(generation: Generation, found: Found, paths: ReadonlySet<string>): Promise<void> {
    const { state } = generation
    if (state.kind === 'cut' || state.kind === 'lost') return
    const { file } = state
    const here = found.get(file.id)
    if (here !== undefined) return toNamed(generation, here)
    if (!paths.has(file.path)) noteVanished(generation)
    if (state.kind === 'away') return
    toAway(generation, this.#context.clock.elapsed())
    if (!paths.has(file.path) && isOpen(file) && (await isRemoved(file))) {
      this.#context.warn(`${file.path} was removed; it is read to its end`)
    }
  }

  /** Notes where a file has other bytes now, or fewer of them: a copy may have those that it had. */
  async #compare(generation: Generation, found: Found): Promise<void> {
    const { state } = generation
    if (state.kind !== 'named') return
    const { file } = state
    const here = found.get(file.id)
    if (here === undefined || here.seen === file.seen) return
    const isAsRead = await isUnchanged(file, generation, here)
    await this.#openFiles.note(generation)
    if (isAsRead) return
    const { path } = file
    const now = this.#context.clock.elapsed()
    const isCut = await isCutTo(here.size, file, generation)
    if (isCut && !(await this.#hasCopy(generation))) {
      this.#context.warn(shortenedText(here))
      toCut(generation, here.size)
      this.#add(begin(here, this.#following.cutter(path, here.size), now))
      return
    }
    const warning = `${path} was cut or written anew, and no copy of what it had is beside it; it is read from its start`
    await toLost(generation, { warning, hasOther: true })
    // One that may have been cut by hand is judged by its bytes.
    if (!isCut) this.#emptied.add(file.id)
    generation.grewAt = now
  }

  /** Whether a copy beside its file has all that was read: then the file was emptied, and begins as it did before. */
  async #hasCopy({ state, print }: Generation): Promise<boolean> {
    if (print === undefined) return false
    return (await findCopy({ ...state.file, print }, claimedBy(this.#all), this.#context.folder)) !== undefined
  }

  /** Searches for a generation that is lost; false where it is given up: after a while, as a copy may be made just now. */
  async #isKept(generation: Generation, found: Found): Promise<boolean> {
    const { state, print } = generation
    if (state.kind !== 'lost') return true
    const { clock, untilEnd, folder, warn } = this.#context
    const claimed = claimedBy(this.#all)
    if (state.file.hasOther) claimed.add(state.file.id)
    const copy = print && (await findCopy({ ...state.file, print }, claimed, folder))
    if (copy !== undefined) {
      await this.#moveTo(generation, copy, found)
      return true
    }
    toSearchedAgain(generation)
    if (!untilEnd && clock.elapsed() - generation.grewAt < this.#following.rotateWaitMs) return true
    if (state.warning !== undefined) warn(state.warning)
    return false
  }

  async #moveTo(generation: Generation, copy: Copy, found: Found): Promise<void> {
    const { id } = copy.here
    const isUnread = (other: Generation) => other !== generation && other.state.file.id === id && !isRead(other)
    for (const unread of this.#all.filter(isUnread)) await this.drop(unread)
    const now = this.#context.clock.elapsed()
    await moveTo(generation, copy, { kind: found.has(id) ? 'named' : 'away', cutter: this.#following.cutter, now })
    this.#byId = undefined
  }

  /** The generation to read in a file that a name leads to; undefined where it waits, or is a copy of one that is followed. */
  async meet(here: FoundFile, found: Found): Promise<Generation | undefined> {
    if (this.#held.some((lost) => lost.state.file.id === here.id && isHeld(lost))) return undefined
    const known = this.under(here.id)
    if (known !== undefined && isRead(known)) this.#emptied.delete(here.id)
    if (known !== undefined && (isRead(known) || isRefused(known, here) || this.#emptied.has(here.id))) return known
    const now = this.#context.clock.elapsed()
    if (this.#emptied.has(here.id) && (await isStill(here))) return this.#beginIn(here)
    const verdict = await this.#sightings.verdictOn(here, this.#all, now)
    if (!(await isStill(here))) return undefined
    if (known !== undefined && verdict.kind === 'new') return known
    if (known !== undefined) await this.drop(known)
    switch (verdict.kind) {
      case 'new':
        return this.#beginIn(here)
      case 'moved':
        if (isReplaced(here, verdict.of.state.file)) this.#following.warnOnce(replacedText(here.path))
        await this.#moveTo(verdict.of, verdict.copy, found)
        return verdict.of
      case 'longer': {
        const { cutter, print, state } = verdict.of
        const read = `${here.path} begins with all that was read of ${state.file.path}`
        this.#following.warnOnce(`${read}: only what comes behind is read`)
        return this.#add(begin(here, this.#following.cutter(here.path, cutter.position), now, { print }))
      }
      case 'waits':
        if (verdict.copy !== undefined && (verdict.isSettled || verdict.untilEnd)) {
          this.#following.warnOnce(`${here.path} is taken for a copy of ${verdict.of?.state.file.path}, and not read`)
        }
        return undefined
      default:
        return unreachable(verdict)
    }
  }

  #beginIn(here: FoundFile): Generation {
    return this.#add(begin(here, this.#following.cutter(here.path, 0), this.#context.clock.elapsed()))
  }

  #add(generation: Generation): Generation {
    this.#all.push(generation)
    const { id } = generation.state.file
    if (hasWholeFile(generation) && this.#byId?.has(id) === false) this.#byId.set(id, generation)
    return generation
  }

  /** Stops following a generation. */
  async drop(generation: Generation): Promise<void> {
    await closeGeneration(generation)
    this.#openFiles.drop(generation)
    this.#all = this.#all.filter((other) => other !== generation)
    this.#held = this.#held.filter((other) => other !== generation)
    this.#byId = undefined
  }
}

/** Whether the file in the place of a lost generation waits. */
const isHeld = ({ state }: Generation): boolean => state.kind === 'lost' && state.searches <= HELD_SEARCHES

/** Whether the file was looked at as it is, and is not read. */
const isRefused = (generation: Generation, { seen }: FoundFile): boolean => {
  const file = fileOf(generation)
  return file?.refused !== undefined && file.seen === seen
}
