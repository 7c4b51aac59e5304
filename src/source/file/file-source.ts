/**
 * Reads lines from files: one path, or all that a glob names, in order of name. Growing files are followed by asking for
 * their size again and again; packed files (`.gz`, `.zst`) are read once.
 *
 * A file is what its bytes say, not what it is called: see `file-print.ts`. So a file that was renamed, copied and cut, or
 * packed is read on where it was, before what has taken its name: see `file-texts.ts`. Lines are numbered file by file, and
 * each file's place is kept with its lines: after any end, each goes on by itself (docs/decisions/011-place-of-a-file.md).
 *
 * Half a last line waits for its end; where the run ends with the input, or the file is gone for good, it is a line.
 */
import { byteText } from '../../base/units.ts'
import type { Records } from '../../record/column.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import { chunkPool } from '../chunk-pool.ts'
import type { Deliver, Source, SourceContext } from '../source.ts'
import { type FileSet, type FoundFile, fileFailure, findAll } from './find.ts'
import {
  CHUNK_BYTES,
  closeFollowed,
  closeQuiet,
  type Followed,
  isRead,
  placeOf,
  type Reading,
  readOn,
} from './follow.ts'
import { type FilesPlace, knownOf } from './place.ts'
import { NO_PRINT } from './print.ts'
import { resumeFiles } from './resume.ts'
import { FileTexts } from './texts.ts'

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
  readonly #chunks = chunkPool(CHUNK_BYTES)
  readonly #texts: FileTexts
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
    const { rotate_wait: rotateWaitMs } = options
    this.#texts = new FileTexts({ context, rotateWaitMs, cutter: this.#cutter, warnOnce: this.#warnOnce })
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock, untilEnd } = this.#context
    this.#deliver = deliver
    while (!signal.aborted) {
      this.#atRest = false
      const grew = await this.#look()
      this.#atRest = !grew && !this.#texts.isHeld()
      if (untilEnd) return
      if (!grew && !signal.aborted) await clock.sleep(this.#options.poll, signal).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const followed of this.#texts.all) await closeFollowed(followed)
  }

  /** Finds the files of the last run. */
  async resume(): Promise<void> {
    const { name, places, folder, clock } = this.#context
    const { files, next, line } = knownOf(places, `source ${name}`)
    this.#next = next
    this.#line = line
    this.#texts.all = await resumeFiles(files, {
      folder,
      now: clock.elapsed(),
      cutter: this.#cutter,
      warn: this.#warnOnce,
    })
  }

  /** Looks once at every file; false where nothing was new. */
  async #look(): Promise<boolean> {
    const found = await this.#find()
    for (const given of await this.#texts.follow(found)) await this.#finish(given)
    let grew = false
    // The rest of what was renamed comes before what has taken its name.
    for (const followed of this.#texts.all.filter(({ detached, lost }) => detached && !lost)) {
      if (await this.#readDetached(followed, found)) grew = true
    }
    for (const here of found.values()) {
      if (this.#context.signal.aborted) return grew
      const followed = await this.#texts.meet(here, found)
      if (followed !== undefined && (await this.#read(followed, here))) grew = true
    }
    await closeQuiet(this.#texts.all)
    return grew
  }

  /** The files that the source asks for, by device and inode: one that has several names is read once. */
  async #find(): Promise<ReadonlyMap<string, FoundFile>> {
    if (this.#searchIn-- <= 0) await this.#search()
    const found = await findAll(this.#paths, this.#context.folder)
    const isNew = [...found.keys()].some((id) => this.#texts.under(id) === undefined)
    const isGone = this.#texts.all.some(({ detached, id }) => !detached && !found.has(id))
    if (!this.#files.isGlob || !(isNew || isGone)) return found
    await this.#search()
    return findAll(this.#paths, this.#context.folder)
  }

  async #search(): Promise<void> {
    this.#paths = await this.#files.find()
    this.#searchIn = LOOKS_PER_SEARCH
  }

  async #read(followed: Followed, here: FoundFile): Promise<boolean> {
    // It was empty when it was taken for a file of its own: what it has by now may be a copy.
    if (here.size === 0 && !isRead(followed)) return false
    const isDone = followed.packing !== undefined || followed.position >= here.size
    let grew = false
    if (!(isDone && followed.seen === here.seen)) {
      grew = await this.#readOn(followed)
      followed.seen = here.seen
    }
    if (this.#context.untilEnd) await this.#takeRest(followed)
    return grew
  }

  /** Reads on in a file that has no name here any more; once it has been quiet for long enough, it is over. */
  async #readDetached(followed: Followed, found: ReadonlyMap<string, FoundFile>): Promise<boolean> {
    const { clock, untilEnd } = this.#context
    const grew = await this.#readOn(followed)
    const quiet = clock.elapsed() - followed.grewAt >= this.#options.rotate_wait
    // Also what was read whole is kept for a while: it may only be renamed just now.
    const isOver = followed.position >= followed.limit || quiet
    if (!(untilEnd || (isOver && !grew && this.#wasSearched(followed)))) return grew
    if (!(await this.#texts.moveToHeir(followed, found))) await this.#finish(followed)
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
    await this.#texts.drop(followed)
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
    followed.print ??= NO_PRINT
    await this.#deliver(lines, this.#place(), { part: followed.part })
  }

  #place(): FilesPlace {
    const parts: { [part: string]: FilesPlace['parts'][string] } = {}
    for (const [part, line] of this.#ended) parts[part] = { line }
    for (const followed of this.#texts.all) {
      const [part, place] = placeOf(followed) ?? []
      if (part !== undefined && place !== undefined) parts[part] = place
    }
    return { line: this.#line, next: this.#next, parts }
  }

  readonly #cutter = (path: string, offset: number): LineCutter => {
    const limit = byteText(this.#options.max_line)
    const tooLong = (at: number) => {
      this.#context.warn(`the line at byte ${at} of ${path} is left out: it is longer than max_line, ${limit}`)
    }
    return new LineCutter(this.#options.max_line, tooLong, offset)
  }

  readonly #warnOnce = (message: string): void => {
    if (this.#warned.has(message)) return
    if (this.#warned.size < MAX_WARNED) this.#warned.add(message)
    this.#context.warn(message)
  }
}
