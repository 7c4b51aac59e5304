/**
 * Watches files and reads their lines: one path, or all files that a glob matches. Growing files are looked at again and again;
 * packed files (`.gz`, `.zst`) are read once. Files that are new begin in the order of time (`order.ts`), behind those that are
 * read already. A file that cannot be read is left out, and the others go on.
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
import type { Records } from '../../record/column.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import { NO_RECORDS } from '../../record/records.ts'
import { readBufferPool } from '../read-buffer.ts'
import {
  type Deliver,
  fitting,
  type LongestLine,
  longestLine,
  type Source,
  type SourceContext,
  skipsHeader,
} from '../source.ts'
import { checkOpens, type FileSet, type FoundFile, fileFailure, findAll, whyUnreadable } from './find.ts'
import { FirstTimes } from './first-time.ts'
import { closeGeneration, fileOf, type Generation, isRead, keptPlace, toSearched } from './follow.ts'
import { changedAt, type FollowedFile } from './followed-file.ts'
import { Generations } from './generations.ts'
import { LeftOutFiles } from './left-out.ts'
import { missedRotations, type ReadFile } from './missed.ts'
import { inOrderOfTime } from './order.ts'
import { type Ended, type FilePlace, type FilesChange, lastRunOf } from './place.ts'
import { NO_PRINT } from './print.ts'
import { READ_BYTES, type Reading, readOn } from './read.ts'
import { resumeGenerations } from './resume.ts'

/** A glob is expanded again after this many looks at the files that it matched. */
const LOOKS_PER_SEARCH = 10
/** Of how many generations that have ended the place still has the number of lines. */
const KEPT_ENDS = 8
/** Of how many that have ended it is known which file they had. */
const KEPT_FILES = 20
/** How much longer than a look the pause after it is, at least. */
const REST_FOR_LOOK = 4
/** The most files of a source. At 80 % of it there is a warning; further files wait until others are gone. */
const MAX_FILES = 50_000

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
  /** The last generations that have ended, and what is to be said of those with the next lines; null: nothing any more. */
  readonly #ended: string[] = []
  readonly #endedFiles: ReadFile[] = []
  readonly #endings = new Map<string, Ended | null>()
  readonly #leftOut: LeftOutFiles
  readonly #firstTimes: FirstTimes
  /** The next number of an input. */
  #next = 0
  #line = 0
  /** When any of the files that were read had been written to last. */
  #changed = 0
  /** Whether the last look at the files found nothing new. */
  #atRest = false
  readonly atRest: () => boolean = () => this.#atRest
  #deliver: Deliver = async () => {}
  /** Why lines could not be delivered. */
  #broken: unknown

  constructor(files: FileSet, options: FileOptions, context: SourceContext) {
    this.describe = `file ${options.path}`
    this.#files = files
    this.#options = options
    this.#context = context
    this.#longestLine = longestLine(options.max_line, context)
    this.#leftOut = new LeftOutFiles(context)
    this.#firstTimes = new FirstTimes(context.form)
    const { warnOnce } = this.#leftOut
    const following = {
      rotateWaitMs: options.rotate_wait,
      cutter: this.#cutter,
      warnOnce,
      unreadable: this.#unreadable,
    }
    this.#generations = new Generations(context, following)
    const readBytes = fitting(READ_BYTES, context)
    this.#reading = { buffers: readBufferPool(readBytes), readBytes, signal: context.signal, take: this.#take }
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock, untilEnd, places } = this.#context
    this.#deliver = deliver
    if (places.some((place) => place !== undefined)) await deliver({ ...NO_RECORDS }, this.#changes())
    while (!signal.aborted) {
      this.#atRest = false
      const began = clock.elapsed()
      const grew = await this.#readable(this.#look())
      this.#atRest = !grew && !this.#generations.isHeld()
      if (untilEnd) return
      // Looking at thousands of files takes a while, and there must be time for other work.
      const pause = Math.max(this.#options.poll, REST_FOR_LOOK * (clock.elapsed() - began))
      if (!grew && !signal.aborted) await clock.sleep(pause, signal).catch(() => undefined)
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
    this.#changed = Math.max(0, ...generations.map(({ last }) => last.changed ?? 0))
    const resuming = { folder, now: clock.elapsed(), cutter: this.#cutter, warn: this.#leftOut.warnOnce }
    await this.#generations.resume(await this.#readable(resumeGenerations(generations, resuming)))
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
    for (const here of [...(await this.#missed(found)), ...(await this.#inOrder(found))]) {
      if (this.#context.signal.aborted) return grew
      try {
        if (await this.#lookAt(here, found)) grew = true
      } catch (error) {
        this.#unreadable(here.path, error)
      }
    }
    return grew
  }

  /** Where one path leads to a new file: the rotations that come before it and were never read. */
  async #missed(found: ReadonlyMap<string, FoundFile>): Promise<readonly FoundFile[]> {
    const { all } = this.#generations
    const [live] = found.values()
    if (
      this.#files.isGlob ||
      live === undefined ||
      all.some(({ state, position }) => state.file.id === live.id && position > 0)
    )
      return []
    const files = [...this.#endedFiles, ...all.filter(isRead).map(({ state, print }) => ({ id: state.file.id, print }))]
    return missedRotations(this.#options.path, this.#context.folder, { files, changed: this.#changed })
  }

  /** Files that are read already, and behind them the new ones in the order of time. */
  async #inOrder(found: ReadonlyMap<string, FoundFile>): Promise<readonly FoundFile[]> {
    const begun: (readonly [input: number, here: FoundFile])[] = []
    const unread: FoundFile[] = []
    for (const here of found.values()) {
      const known = this.#generations.under(here.id)
      if (known !== undefined && isRead(known)) begun.push([Number(known.input), here])
      else unread.push(here)
    }
    const read = begun.sort(([a], [b]) => a - b).map(([, here]) => here)
    if (unread.length < 2) return [...read, ...unread]
    return [...read, ...inOrderOfTime(unread, await this.#firstTimes.of(unread))]
  }

  async #lookAt(here: FoundFile, found: ReadonlyMap<string, FoundFile>): Promise<boolean> {
    const known = this.#generations.under(here.id)
    if (known === undefined) {
      if (!this.#hasRoom()) return false
      await checkOpens(here.whole)
    }
    const generation = await this.#generations.meet(here, found)
    if (generation === undefined) return false
    const grew = await this.#read(generation, here)
    await this.#generations.used(generation)
    return grew
  }

  /** Whether one more file can be followed. */
  #hasRoom(): boolean {
    const { length } = this.#generations.all
    if (length < 0.8 * MAX_FILES) return true
    const limit = `${MAX_FILES} files are the most that a source follows`
    if (length < MAX_FILES) {
      this.#leftOut.warnOnce(`it follows more than ${0.8 * MAX_FILES} files: ${limit}, and further ones will wait`)
      return true
    }
    this.#leftOut.warnOnce(
      `${limit}: further ones wait until some of these are gone. Name fewer, or make another source`,
    )
    return false
  }

  /** Leaves out a file for now. What is wrong with the topic, and not with the file, ends the source. */
  readonly #unreadable = (path: string, error: unknown): void => {
    if (this.#broken !== undefined) throw this.#broken
    if (error instanceof Failure) {
      this.#leftOut.addFailure(error)
      return
    }
    if (!(error instanceof Error && 'syscall' in error)) throw error
    const { code } = error as NodeJS.ErrnoException
    // It was removed meanwhile: the next look does not find it.
    if (code !== 'ENOENT') this.#leftOut.add(path, whyUnreadable(error))
  }

  /** The files that the pattern matches, by device and inode: a file with several names is read once. */
  async #find(): Promise<ReadonlyMap<string, FoundFile>> {
    if (this.#looksToSearch-- <= 0) await this.#search()
    const { folder } = this.#context
    const found = await findAll(this.#paths, folder, this.#leftOut.add)
    const isNew = [...found.keys()].some((id) => this.#generations.under(id) === undefined)
    const isGone = this.#generations.all.some(({ state }) => state.kind === 'named' && !found.has(state.file.id))
    if (!this.#files.isGlob || !(isNew || isGone)) return found
    await this.#search()
    return findAll(this.#paths, folder, this.#leftOut.add)
  }

  async #search(): Promise<void> {
    this.#paths = await this.#files.find(this.#leftOut.add)
    this.#looksToSearch = LOOKS_PER_SEARCH
  }

  async #read(generation: Generation, here: FoundFile): Promise<boolean> {
    const file = fileOf(generation)
    // It was empty when its generation began, and may have become a copy since.
    if (file === undefined || (here.size === 0 && !isRead(generation))) return false
    const isDone = file.packing !== undefined || generation.position >= here.size
    let grew = false
    if (!(isDone && file.seen === here.seen)) {
      grew = await this.#readOn(generation, file)
      file.seen = here.seen
    }
    if (this.#context.untilEnd) await this.#takeRest(generation)
    return grew
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
      if (!grew) return false
      generation.grewAt = this.#context.clock.elapsed()
      generation.changed = await changedAt(file)
      generation.hasNews = true
      this.#changed = Math.max(this.#changed, generation.changed)
      return true
    } catch (error) {
      const isPassing = file.packing !== undefined && error instanceof Failure && /corrupt|not-found/.test(error.code)
      // It may still be being packed, or was removed after it was found.
      if (isPassing && !this.#context.untilEnd && this.#broken === undefined) {
        this.#leftOut.warnOnce(`${error.message}; it is tried again when it changes`)
      } else this.#unreadable(file.path, error)
      return false
    }
  }

  async #takeRest(generation: Generation): Promise<void> {
    if (this.#context.signal.aborted) return
    const { cutter } = generation
    await this.#take(generation, cutter.lines(cutter.rest()))
  }

  async #finish(generation: Generation): Promise<void> {
    if (this.#context.signal.aborted) return
    await this.#takeRest(generation)
    await this.#generations.drop(generation)
    const { input, line, state, print } = generation
    if (input === undefined || print === undefined) return
    this.#endedFiles.push({ id: state.file.id, print })
    if (this.#endedFiles.length > KEPT_FILES) this.#endedFiles.shift()
    this.#ended.push(input)
    this.#endings.set(input, { line })
    const last = this.#ended.length > KEPT_ENDS ? this.#ended.shift() : undefined
    if (last !== undefined) this.#endings.set(last, null)
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
    generation.hasNews = true
    const file = resolve(this.#context.folder, generation.state.file.path)
    try {
      await this.#deliver(lines, this.#changes(), { part: generation.input, file })
    } catch (error) {
      this.#broken = error
      throw error
    }
  }

  /** What has changed of the place since the last delivery. */
  #changes(): FilesChange {
    const parts: { [input: string]: FilePlace | Ended | null } = Object.fromEntries(this.#endings)
    this.#endings.clear()
    for (const generation of this.#generations.all) {
      if (!generation.hasNews) continue
      generation.hasNews = false
      const [input, place] = keptPlace(generation) ?? []
      if (input !== undefined && place !== undefined) parts[input] = place
    }
    return { line: this.#line, next: this.#next, parts }
  }

  readonly #cutter = (path: string, position: number): LineCutter => {
    const { bytes, tooLong } = this.#longestLine
    const leaveOut = (at: number) => {
      this.#context.warn(`the line at byte ${at} of ${path} is left out: it is ${tooLong}`)
    }
    return new LineCutter(bytes, leaveOut, position, position === 0 && skipsHeader(this.#context))
  }
}

/** Whether no name leads to its file, but the file may have more. */
const isNameless = ({ state }: Generation): boolean => state.kind === 'away' || state.kind === 'cut'
