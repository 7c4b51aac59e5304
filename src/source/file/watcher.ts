/**
 * Watches files and reads their lines: one path, or all files that a glob matches, in order of name. Growing files are looked
 * at again and again; packed files (gzip, zstd) too, as members may be appended.
 *
 * A file is recognised by its bytes, not by its name: see `print.ts`. So a file that was renamed, copied and cut, or packed is
 * read on where reading stopped, before the file that has taken its name: see `follow.ts`. Lines are numbered file by file,
 * and the place of each is kept with its lines: after any end, each goes on by itself (docs/decisions/011-place-of-a-file.md).
 *
 * Half a last line waits for its end; where the run ends with the input, or the file is gone for good, it is a line.
 */
import { resolve } from 'node:path'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { refusalText } from '../../bytes/refusal.ts'
import { type Fault, faultText } from '../../bytes/unpack.ts'
import type { Records } from '../../record/column.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import { readBufferPool } from '../read-buffer.ts'
import { type Deliver, fitting, type LongestLine, longestLine, type Source, type SourceContext } from '../source.ts'
import { type FileSet, type FoundFile, fileFailure, findAll } from './find.ts'
import { closeGeneration, closeQuiet, fileOf, type Generation, isRead, keptPlace, toSearched } from './follow.ts'
import type { FollowedFile } from './followed-file.ts'
import { Generations } from './generations.ts'
import { type FilesPlace, lastRunOf } from './place.ts'
import { NO_PRINT } from './print.ts'
import { READ_BYTES, readOn } from './read.ts'
import type { Reading } from './reading.ts'
import { resumeGenerations } from './resume.ts'

/** A glob is expanded again after this many looks at the files that it matched. */
const LOOKS_PER_SEARCH = 10
/** Of how many generations that have ended the place still has the number of lines. */
const KEPT_ENDS = 8
const MAX_WARNED = 1000

export type FileOptions = {
  readonly path: string
  readonly max_line: number
  readonly poll: Duration
  readonly rotate_wait: Duration
}

/** The source of files: looks at them, reads new lines, and delivers them with the place of all files. */
export class FileWatcher implements Source {
  readonly describe: string
  readonly #files: FileSet
  readonly #options: FileOptions
  readonly #context: SourceContext
  readonly #generations: Generations
  readonly #reading: Reading
  readonly #longestLine: LongestLine
  /** The names that the pattern matched at the last search. */
  #paths: readonly string[] = []
  #looksToSearch = 0
  readonly #ended: [input: string, lines: number][] = []
  readonly #warned = new Set<string>()
  /** The next number of an input. */
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
    this.#longestLine = longestLine(options.max_line, context)
    const following = { rotateWaitMs: options.rotate_wait, cutter: this.#cutter, warnOnce: this.#warnOnce }
    this.#generations = new Generations(context, following)
    const readBytes = fitting(READ_BYTES, context)
    this.#reading = { buffers: readBufferPool(readBytes), readBytes, signal: context.signal, take: this.#take }
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock, untilEnd } = this.#context
    this.#deliver = deliver
    while (!signal.aborted) {
      this.#atRest = false
      const grew = await this.#readable(this.#look())
      this.#atRest = !grew && !this.#generations.isHeld()
      if (untilEnd) return
      if (!grew && !signal.aborted) await clock.sleep(this.#options.poll, signal).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const generation of this.#generations.all) await closeGeneration(generation)
  }

  /** Finds the files of the last run. */
  async resume(): Promise<void> {
    const { name, places, folder, clock } = this.#context
    const { generations, next, line } = lastRunOf(places, `source ${name}`)
    this.#next = next
    this.#line = line
    const resuming = { folder, now: clock.elapsed(), cutter: this.#cutter, warn: this.#warnOnce }
    this.#generations.all = await this.#readable(resumeGenerations(generations, resuming))
  }

  /** Rejects with a Failure that names the source where the file system refuses something. */
  async #readable<Outcome>(work: Promise<Outcome>): Promise<Outcome> {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
      throw fileFailure(error, this.#options.path, `source ${this.#context.name}`)
    }
  }

  /** Looks once at every file; false where nothing was new. */
  async #look(): Promise<boolean> {
    const found = await this.#find()
    for (const given of await this.#generations.follow(found)) await this.#finish(given)
    let grew = false
    // The rest of a file that was renamed comes before the file that has taken its name.
    for (const generation of this.#generations.all.filter(isNameless)) {
      if (await this.#readNameless(generation, found)) grew = true
    }
    for (const here of found.values()) {
      if (this.#context.signal.aborted) return grew
      const generation = await this.#generations.meet(here, found)
      if (generation !== undefined && (await this.#read(generation, here))) grew = true
    }
    await closeQuiet(this.#generations.all)
    return grew
  }

  /** The files that the pattern matches, by device and inode: a file with several names is read once. */
  async #find(): Promise<ReadonlyMap<string, FoundFile>> {
    if (this.#looksToSearch-- <= 0) await this.#search()
    const found = await findAll(this.#paths, this.#context.folder)
    const isNew = [...found.keys()].some((id) => this.#generations.under(id) === undefined)
    const isGone = this.#generations.all.some(({ state }) => state.kind === 'named' && !found.has(state.file.id))
    if (!this.#files.isGlob || !(isNew || isGone)) return found
    await this.#search()
    return findAll(this.#paths, this.#context.folder)
  }

  async #search(): Promise<void> {
    this.#paths = await this.#files.find()
    this.#looksToSearch = LOOKS_PER_SEARCH
  }

  async #read(generation: Generation, here: FoundFile): Promise<boolean> {
    const file = fileOf(generation)
    // It was empty when its generation began, and may have become a copy since.
    if (file === undefined || (here.size === 0 && !isRead(generation))) return false
    const isDone = file.packing !== undefined || file.refused !== undefined || generation.position >= here.size
    let grew = false
    if (!(isDone && file.seen === here.seen)) {
      grew = await this.#readOn(generation, file)
      file.seen = here.seen
    }
    if (file.packing !== undefined) await this.#endPacked(generation, file)
    if (this.#context.untilEnd) await this.#takeRest(generation)
    return grew
  }

  /** Says what is wrong with a packed file that is not being written any more, and takes its last line. */
  async #endPacked(generation: Generation, file: FollowedFile): Promise<void> {
    const { fault, grewAt, done } = generation
    const { clock, untilEnd } = this.#context
    const isQuiet = clock.elapsed() - grewAt >= this.#options.rotate_wait
    if (!untilEnd && !isQuiet) return
    if (fault !== undefined) this.#miss(file.path, fault)
    if (done) await this.#takeRest(generation)
  }

  #miss(path: string, fault: Fault): void {
    const message = faultText(path, fault)
    const isOpen = fault.kind === 'cut' && !this.#context.untilEnd
    this.#warnOnce(isOpen ? `${message}; it is read on when it grows` : message)
    if (fault.kind !== 'rest') this.#context.missed?.(new Failure('corrupt', message))
  }

  /** Reads on in a file to which no name leads; once it has been quiet for long enough, the generation has ended. */
  async #readNameless(generation: Generation, found: ReadonlyMap<string, FoundFile>): Promise<boolean> {
    const { clock, untilEnd } = this.#context
    const file = fileOf(generation)
    const grew = file !== undefined && (await this.#readOn(generation, file))
    const { state, position, grewAt } = generation
    const isCutEnd = state.kind === 'cut' && position >= state.limit
    // A file that was read to its end is kept for a while too: it may be about to be renamed again.
    const isQuiet = clock.elapsed() - grewAt >= this.#options.rotate_wait
    if (!(untilEnd || ((isCutEnd || isQuiet) && !grew && this.#wasSearched(generation)))) return grew
    if (!(await this.#generations.moveToHeir(generation, found))) await this.#finish(generation)
    return grew
  }

  /** Whether a glob was expanded once more, as it may match a new name of the file. */
  #wasSearched(generation: Generation): boolean {
    if (!this.#files.isGlob || !toSearched(generation)) return true
    this.#looksToSearch = 0
    return false
  }

  async #readOn(generation: Generation, file: FollowedFile): Promise<boolean> {
    try {
      const grew = await readOn(generation, file, this.#reading)
      if (grew) generation.grewAt = this.#context.clock.elapsed()
      if (file.refused !== undefined) this.#refuse(file.refused)
      return grew
    } catch (error) {
      const failure = fileFailure(error, file.whole, `source ${this.#context.name}`)
      if (failure.code === 'not-text') {
        file.refused = failure
        this.#refuse(failure)
        return false
      }
      // It was removed after it was found.
      const isPassing = file.packing !== undefined && failure.code === 'not-found'
      if (this.#context.untilEnd || !isPassing) throw failure
      this.#warnOnce(`${failure.message}; it is tried again when it changes`)
      return false
    }
  }

  #refuse(failure: Failure): void {
    const message = refusalText(failure)
    if (!this.#warned.has(message)) this.#context.missed?.(failure)
    this.#warnOnce(message)
  }

  async #takeRest(generation: Generation): Promise<void> {
    if (this.#context.signal.aborted) return
    const { cutter, fault } = generation
    const last = cutter.lines(cutter.rest())
    // What damage has left of a line is none.
    if (fault === undefined || fault.kind === 'rest') await this.#take(generation, last)
  }

  async #finish(generation: Generation): Promise<void> {
    if (this.#context.signal.aborted) return
    await this.#takeRest(generation)
    await this.#generations.drop(generation)
    if (generation.input !== undefined) this.#ended.push([generation.input, generation.line])
    if (this.#ended.length > KEPT_ENDS) this.#ended.shift()
  }

  readonly #take = async (generation: Generation, lines: Records): Promise<void> => {
    if (lines.count === 0) {
      lines.lease?.release()
      return
    }
    generation.input ??= String(this.#next++)
    generation.line += lines.count
    this.#line += lines.count
    generation.print ??= NO_PRINT
    const file = resolve(this.#context.folder, generation.state.file.path)
    await this.#deliver(lines, this.#place(), { part: generation.input, file })
  }

  #place(): FilesPlace {
    const parts: { [input: string]: FilesPlace['parts'][string] } = {}
    for (const [input, line] of this.#ended) parts[input] = { line }
    for (const generation of this.#generations.all) {
      const [input, place] = keptPlace(generation) ?? []
      if (input !== undefined && place !== undefined) parts[input] = place
    }
    return { line: this.#line, next: this.#next, parts }
  }

  readonly #cutter = (path: string, position: number): LineCutter => {
    const { bytes, tooLong } = this.#longestLine
    let hasHole = false
    const leftOut = {
      tooLong: (at: number) => this.#context.warn(`the line at byte ${at} of ${path} is left out: it is ${tooLong}`),
      hole: (at: number) => {
        if (!hasHole) this.#warnOnce(`${path} has NULs that are no text, first at byte ${at}: they are left out`)
        hasHole = true
      },
    }
    return new LineCutter(bytes, leftOut, position)
  }

  readonly #warnOnce = (message: string): void => {
    if (this.#warned.has(message)) return
    if (this.#warned.size < MAX_WARNED) this.#warned.add(message)
    this.#context.warn(message)
  }
}

/** Whether no name leads to its file, but the file may have more. */
const isNameless = ({ state }: Generation): boolean => state.kind === 'away' || state.kind === 'cut'
