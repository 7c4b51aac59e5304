/**
 * The texts that a source of files follows, and in which file each is by now: its own, renamed or not, or a copy. A text whose
 * file is gone is searched for again and again before it is given up, as logs are renamed and packed while they are looked at.
 */
import { unreachable } from '../../base/assert.ts'
import { byteText } from '../../base/units.ts'
import type { SourceContext } from '../source.ts'
import { findText } from './copies.ts'
import { type FoundFile, isStill } from './find.ts'
import {
  type Copy,
  type CutterAt,
  closeFollowed,
  type Followed,
  follow,
  isCut,
  isRead,
  isRemoved,
  isUnchanged,
  moveTo,
} from './follow.ts'
import { Sightings } from './sightings.ts'

/** So many more times a copy is searched for before what has taken a text's place is read. */
const HELD_SEARCHES = 2

type Following = {
  readonly context: SourceContext
  readonly rotateWaitMs: number
  readonly cutter: CutterAt
  warnOnce(message: string): void
}

type Found = ReadonlyMap<string, FoundFile>

export class FileTexts {
  /** In the order in which they were begun. */
  all: Followed[] = []
  readonly #sightings: Sightings
  readonly #context: SourceContext
  readonly #rotateWaitMs: number
  readonly #cutter: CutterAt
  readonly #warnOnce: (message: string) => void

  constructor({ context, rotateWaitMs, cutter, warnOnce }: Following) {
    this.#sightings = new Sightings(rotateWaitMs, context.untilEnd)
    this.#context = context
    this.#rotateWaitMs = rotateWaitMs
    this.#cutter = cutter
    this.#warnOnce = warnOnce
  }

  /** Notes where all texts are by now; those that are to be given up. */
  async follow(found: Found): Promise<readonly Followed[]> {
    this.#sightings.keep(found)
    for (const followed of this.all) await this.#name(followed, found)
    for (const followed of [...this.all]) {
      const here = followed.detached ? undefined : found.get(followed.id)
      if (here !== undefined && !(await isUnchanged(followed, here))) await this.#replaced(followed, here)
    }
    for (const followed of this.all.filter(({ detached, handle }) => detached && handle === undefined)) {
      // It was renamed on before it was opened.
      const isAway = hasWholeFile(followed) && !followed.done && !(await isStill(followed))
      if (isAway) Object.assign(followed, { lost: { warning: undefined, searches: 0 } })
    }
    const given: Followed[] = []
    for (const followed of this.all.filter(({ lost }) => lost)) {
      if (!(await this.#isFound(followed, found))) given.push(followed)
    }
    return given
  }

  /** Whether what has taken the place of a text waits, as the rest of the text is to come before it. */
  isHeld(): boolean {
    return this.all.some(isHeld)
  }

  /** Moves a text that is read to the end of its own file to a copy, if there is one. */
  async moveToHeir(text: Followed, found: Found): Promise<boolean> {
    const heir = this.#sightings.heirOf(text)
    if (heir === undefined || !(await isStill(heir.here))) return false
    await this.#moveTo(text, heir, found)
    return true
  }

  under(id: string): Followed | undefined {
    return this.all.find((followed) => followed.id === id && hasWholeFile(followed))
  }

  /** Notes what a file is called now, or that it is under no name that is asked for. */
  async #name(followed: Followed, found: Found): Promise<void> {
    const here = hasWholeFile(followed) ? found.get(followed.id) : undefined
    if (here !== undefined) {
      Object.assign(followed, { path: here.path, whole: here.whole, detached: false, searched: false })
      return
    }
    if (followed.detached) return
    Object.assign(followed, { detached: true, grewAt: this.#context.clock.elapsed() })
    const isNamed = [...found.values()].some(({ path }) => path === followed.path)
    if (!isNamed && followed.handle !== undefined && (await isRemoved(followed)))
      this.#context.warn(`${followed.path} is not there any more`)
  }

  /** A file has another text now, or less of it: a copy may have the rest of what it had. */
  async #replaced(followed: Followed, here: FoundFile): Promise<void> {
    const { path } = followed
    const now = this.#context.clock.elapsed()
    if (await isCut(followed, here.size)) {
      this.#context.warn(`${path} was cut to ${byteText(here.size)}; what comes behind is read`)
      Object.assign(followed, { limit: here.size, detached: true })
      this.all.push(follow(here, this.#cutter(path, here.size), now))
      return
    }
    const warning = `${path} was cut or written anew, and no copy of what it had is beside it; it is read from its start`
    await closeFollowed(followed)
    Object.assign(followed, { lost: { warning, searches: 0 }, detached: true, grewAt: now })
  }

  /**
   * Looks for a text whose file is gone; false where it is to be given up. That is only after a while: its copy may be renamed
   * or packed just now.
   */
  async #isFound(text: Followed, found: Found): Promise<boolean> {
    const { clock, untilEnd, folder, warn } = this.#context
    const { path, id, print, lost } = text
    const claimed = new Set(this.all.filter((other) => isRead(other) && !other.lost).map((other) => other.id))
    const copy = print && (await findText({ path, id, print }, claimed, folder))
    if (copy !== undefined) {
      await this.#moveTo(text, copy, found)
      return true
    }
    if (lost !== undefined) lost.searches++
    if (!untilEnd && clock.elapsed() - text.grewAt < this.#rotateWaitMs) return true
    if (lost?.warning !== undefined) warn(lost.warning)
    return false
  }

  async #moveTo(text: Followed, copy: Copy, found: Found): Promise<void> {
    const { id } = copy.here
    for (const unread of this.all.filter((other) => other !== text && other.id === id && !isRead(other))) {
      await this.drop(unread)
    }
    await moveTo(text, copy, this.#cutter)
    Object.assign(text, { detached: !found.has(id), grewAt: this.#context.clock.elapsed() })
  }

  /** What is followed under the name that leads here; undefined where it is to wait, or is a copy of what is followed. */
  async meet(here: FoundFile, found: Found): Promise<Followed | undefined> {
    if (this.all.some((lost) => lost.id === here.id && isHeld(lost))) return undefined
    const known = this.under(here.id)
    if (known !== undefined && isRead(known)) return known
    const now = this.#context.clock.elapsed()
    const origin = await this.#sightings.originOf(here, this.all, now)
    if (!(await isStill(here))) return undefined
    if (known !== undefined && origin.kind === 'new') return known
    if (known !== undefined) await this.drop(known)
    switch (origin.kind) {
      case 'new':
        return this.#begin(follow(here, this.#cutter(here.path, 0), now))
      case 'moved':
        await this.#moveTo(origin.of, origin.copy, found)
        return origin.of
      case 'longer': {
        const { cutter, print } = origin.of
        this.#warnOnce(
          `${here.path} begins with all that was read of ${origin.of.path}: only what comes behind is read`,
        )
        return this.#begin(Object.assign(follow(here, this.#cutter(here.path, cutter.offset), now), { print }))
      }
      case 'waits':
        if (origin.copy !== undefined && (origin.isSettled || origin.untilEnd)) {
          this.#warnOnce(`${here.path} is taken for a copy of ${origin.of?.path}, and not read`)
        }
        return undefined
      default:
        return unreachable(origin)
    }
  }

  #begin(followed: Followed): Followed {
    this.all.push(followed)
    return followed
  }

  async drop(followed: Followed): Promise<void> {
    await closeFollowed(followed)
    this.all = this.all.filter((other) => other !== followed)
  }
}

/** Whether the name of its file leads to its text, and no other text to its device and inode. */
const hasWholeFile = ({ limit, lost }: Followed): boolean => limit === Number.POSITIVE_INFINITY && lost === undefined

/** Whether what has taken the place of a text waits, as the rest of the text is to come before it. */
const isHeld = ({ lost }: Followed): boolean => lost !== undefined && lost.searches <= HELD_SEARCHES
