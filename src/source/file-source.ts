/**
 * Reads lines from files: one path, or all that a glob names, in order of name. Growing files are followed by asking for
 * their size again and again; packed files (`.gz`, `.zst`) are read once.
 *
 * A file is what its bytes say, not what it is called: see `file-print.ts`. So a file that was renamed, copied and cut, or
 * packed is read on where it was, before what has taken its name. Lines are numbered file by file, and each file's place is
 * kept with its lines: after any end, each file goes on by itself (docs/decisions/011-place-of-a-file.md).
 *
 * Half a last line waits for its end; where the run ends with the input, or the file is gone for good, it is a line.
 */
import { byteText } from '../base/units.ts'
import type { Records } from '../record/column.ts'
import { makeChunkPool } from './chunk-pool.ts'
import { type FileSet, type FoundFile, fileFailure, findAll, isStill } from './file-find.ts'
import {
  CHUNK_BYTES,
  closeFollowed,
  closeQuiet,
  type Followed,
  follow,
  isCut,
  isRemoved,
  isUnchanged,
  moveTo,
  notePrint,
  placeOf,
  type Reading,
  readOn,
} from './file-follow.ts'
import { packingOfName } from './file-packed.ts'
import { type FilesPlace, knownOf } from './file-place.ts'
import { findText, originalOf, resumeFiles } from './file-resume.ts'
import type { Deliver, Source, SourceContext } from './source.ts'
import { LineCutter } from './whole-lines.ts'

/** A glob is expanded again after so many looks at the files it had. */
const LOOKS_PER_SEARCH = 10
/** How many files that are gone the place still tells the lines of. */
const KEPT_ENDS = 8
const MAX_WARNED = 1000

export type FileOptions = {
  readonly path: string
  readonly max_line: number
  readonly poll: number
  readonly rotate_wait: number
}

export class FileSource implements Source {
  readonly describe: string
  readonly #files: FileSet
  readonly #options: FileOptions
  readonly #context: SourceContext
  readonly #chunks = makeChunkPool(CHUNK_BYTES)
  /** In the order in which they were begun. */
  #followed: Followed[] = []
  /** Names as the pattern gave them at the last search. */
  #paths: readonly string[] = []
  #searchIn = 0
  readonly #ended: [part: string, lines: number][] = []
  readonly #warned = new Set<string>()
  #next = 0
  #line = 0
  /** Whether the last look at the files found nothing new. */
  #atRest = false
  readonly atRest: () => boolean = () => this.#atRest
  #deliver: Deliver = async () => {}

  constructor(files: FileSet, options: FileOptions, context: SourceContext) {
    this.describe = `file ${options.path}`
    this.#files = files
    this.#options = options
    this.#context = context
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock, untilEnd } = this.#context
    this.#deliver = deliver
    while (!signal.aborted) {
      this.#atRest = false
      const grew = await this.#look()
      this.#atRest = !grew
      if (untilEnd) return
      if (!grew && !signal.aborted) await clock.sleep(this.#options.poll, signal).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const followed of this.#followed) await closeFollowed(followed)
  }

  /** Finds the files of the last run. */
  async resume(): Promise<void> {
    const { name, places, folder, clock } = this.#context
    const { files, next, line } = knownOf(places, `source ${name}`)
    this.#next = next
    this.#line = line
    this.#followed = await resumeFiles(files, {
      folder,
      now: clock.elapsed(),
      cutter: (path, offset) => this.#cutter(path, offset),
      warn: (message) => this.#warnOnce(message),
    })
  }

  /** Looks once at every file; false where nothing was new. */
  async #look(): Promise<boolean> {
    const found = await this.#find()
    for (const followed of this.#followed) await this.#name(followed, found)
    for (const followed of [...this.#followed]) {
      const here = followed.detached ? undefined : found.get(followed.id)
      if (here !== undefined && !(await isUnchanged(followed, here))) await this.#replaced(followed, here, found)
    }
    let grew = false
    // The rest of what was renamed comes before what has taken its name.
    for (const followed of this.#followed.filter(({ detached }) => detached)) {
      if (await this.#readDetached(followed)) grew = true
    }
    for (const here of found.values()) {
      if (this.#context.signal.aborted) return grew
      const followed = this.#under(here.id) ?? (await this.#begin(here))
      if (followed !== undefined && (await this.#read(followed, here))) grew = true
    }
    await closeQuiet(this.#followed)
    return grew
  }

  /** The files that the source asks for, by device and inode: one that has several names is read once. */
  async #find(): Promise<ReadonlyMap<string, FoundFile>> {
    if (this.#searchIn-- <= 0) await this.#search()
    const found = await findAll(this.#paths, this.#context.folder)
    const isNew = [...found.keys()].some((id) => this.#under(id) === undefined)
    const isGone = this.#followed.some(({ detached, id }) => !detached && !found.has(id))
    if (!this.#files.isGlob || !(isNew || isGone)) return found
    await this.#search()
    return findAll(this.#paths, this.#context.folder)
  }

  async #search(): Promise<void> {
    this.#paths = await this.#files.find()
    this.#searchIn = LOOKS_PER_SEARCH
  }

  #under(id: string): Followed | undefined {
    return this.#followed.find((followed) => followed.id === id && followed.limit === Number.POSITIVE_INFINITY)
  }

  /** Notes what a file is called now, or that it is under no name that is asked for. */
  async #name(followed: Followed, found: ReadonlyMap<string, FoundFile>): Promise<void> {
    const here = followed.limit === Number.POSITIVE_INFINITY ? found.get(followed.id) : undefined
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
  async #replaced(followed: Followed, here: FoundFile, found: ReadonlyMap<string, FoundFile>): Promise<void> {
    const { path, id, print, cutter } = followed
    const now = this.#context.clock.elapsed()
    if (await isCut(followed, here.size)) {
      this.#context.warn(`${path} was cut to ${byteText(here.size)}; what comes behind is read`)
      Object.assign(followed, { limit: here.size, detached: true })
      this.#followed.push(follow(here, this.#cutter(path, here.size), now))
      return
    }
    const claimed = new Set(this.#followed.map((other) => other.id))
    const copy = print && (await findText({ path, id, print }, claimed, this.#context.folder))
    if (copy !== undefined) {
      await moveTo(followed, copy, this.#cutter(copy.path, cutter.offset))
      Object.assign(followed, { detached: !found.has(copy.id), grewAt: now })
      return
    }
    this.#context.warn(
      `${path} was cut or written anew, and no copy of what it had is beside it; it is read from its start`,
    )
    await this.#finish(followed)
  }

  /** Begins a file that is not followed yet; undefined where it is a copy of one that is. */
  async #begin(here: FoundFile): Promise<Followed | undefined> {
    const now = this.#context.clock.elapsed()
    const { of, isRemoved } = (await originalOf(here, this.#followed)) ?? {}
    if (!(await isStill(here))) return undefined
    const offset = of?.cutter.offset ?? 0
    if (of !== undefined && isRemoved) {
      await moveTo(of, here, this.#cutter(here.path, offset))
      return Object.assign(of, { detached: false, grewAt: now })
    }
    if (of !== undefined) {
      const isLonger = packingOfName(here.path) === undefined && of.packing === undefined && here.size > of.position
      const outcome = isLonger ? 'only what comes behind is read' : 'it is taken for a copy, and not read'
      this.#warnOnce(`${here.path} begins with all that was read of ${of.path}: ${outcome}`)
      if (!isLonger) return undefined
    }
    const begun = follow(here, this.#cutter(here.path, offset), now)
    this.#followed.push(Object.assign(begun, { print: of?.print }))
    return begun
  }

  async #read(followed: Followed, here: FoundFile): Promise<boolean> {
    const isRead = followed.packing !== undefined || followed.position >= here.size
    let grew = false
    if (!(isRead && followed.seen === here.seen)) {
      grew = await this.#readOn(followed)
      followed.seen = here.seen
    }
    if (this.#context.untilEnd) await this.#takeRest(followed)
    return grew
  }

  /** Reads on in a file that has no name here any more; once it has been quiet for long enough, it is over. */
  async #readDetached(followed: Followed): Promise<boolean> {
    const { clock, untilEnd } = this.#context
    const grew = await this.#readOn(followed)
    const quiet = clock.elapsed() - followed.grewAt >= this.#options.rotate_wait
    const isOver = followed.done || followed.position >= followed.limit || quiet
    if (untilEnd || (isOver && !grew && this.#wasSearched(followed))) await this.#finish(followed)
    return grew
  }

  /** Whether a glob was asked once more, as the file may have got a name that it matches. */
  #wasSearched(followed: Followed): boolean {
    const searched = !this.#files.isGlob || followed.searched
    if (!searched) this.#searchIn = 0
    followed.searched = true
    return searched
  }

  async #readOn(followed: Followed): Promise<boolean> {
    const reading: Reading = { chunks: this.#chunks, signal: this.#context.signal, take: this.#take }
    try {
      const grew = await readOn(followed, reading)
      if (grew) followed.grewAt = this.#context.clock.elapsed()
      return grew
    } catch (error) {
      const failure = fileFailure(error, followed.whole, `source ${this.#context.name}`)
      const isPassing = followed.packing !== undefined && (failure.code === 'corrupt' || failure.code === 'not-found')
      if (this.#context.untilEnd || !isPassing) throw failure
      // It may be packed at this moment, or was removed after it was found.
      this.#warnOnce(`${failure.message}; it is tried again when it changes`)
      return false
    }
  }

  async #takeRest(followed: Followed): Promise<void> {
    if (this.#context.signal.aborted) return
    await this.#take(followed, followed.cutter.lines(followed.cutter.rest()))
  }

  async #finish(followed: Followed): Promise<void> {
    if (this.#context.signal.aborted) return
    await this.#takeRest(followed)
    await closeFollowed(followed)
    this.#followed = this.#followed.filter((other) => other !== followed)
    if (followed.part !== undefined) this.#ended.push([followed.part, followed.line])
    if (this.#ended.length > KEPT_ENDS) this.#ended.shift()
  }

  readonly #take = async (followed: Followed, lines: Records): Promise<void> => {
    if (lines.count === 0) {
      lines.lease?.release()
      return
    }
    followed.part ??= String(this.#next++)
    followed.line += lines.count
    this.#line += lines.count
    await notePrint(followed)
    await this.#deliver(lines, this.#place(), { part: followed.part })
  }

  #place(): FilesPlace {
    const parts: { [part: string]: FilesPlace['parts'][string] } = {}
    for (const [part, line] of this.#ended) parts[part] = { line }
    for (const followed of this.#followed) {
      const [part, place] = placeOf(followed) ?? []
      if (part !== undefined && place !== undefined) parts[part] = place
    }
    return { line: this.#line, next: this.#next, parts }
  }

  #cutter(path: string, offset: number): LineCutter {
    const limit = byteText(this.#options.max_line)
    const tooLong = (at: number) => {
      this.#context.warn(`the line at byte ${at} of ${path} is left out: it is longer than max_line, ${limit}`)
    }
    return new LineCutter(this.#options.max_line, tooLong, offset)
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return
    if (this.#warned.size < MAX_WARNED) this.#warned.add(message)
    this.#context.warn(message)
  }
}
