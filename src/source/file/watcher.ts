/**
 * Watches files and reads their lines: one path, or all files that a glob matches. Growing files are looked at again and again;
 * packed files (gzip, zstd) too, as members may be appended. Files that are new begin in the order of time (`order.ts`), behind
 * those that are read already. A file that cannot be read is left out, and the others go on.
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
import { isRefusal } from '../../bytes/refusal.ts'
import type { Records } from '../../record/column.ts'
import { NO_RECORDS } from '../../record/records.ts'
import { readBufferPool } from '../read-buffer.ts'
import { type Deliver, fitting, longestLine, type Source, type SourceContext } from '../source.ts'
import { cutterAt } from './cutter-at.ts'
import { FileSearch } from './file-search.ts'
import { checkOpens, type FileSet, type FoundFile, isFileError, onFiles, whyUnreadable } from './find.ts'
import { type CutterAt, closeGeneration, fileOf, type Generation, isRead, toSearched } from './follow.ts'
import { changedAt, type FollowedFile } from './followed-file.ts'
import { Generations } from './generations.ts'
import { LeftOutFiles } from './left-out.ts'
import { lastRunOf } from './place.ts'
import { FilesProgress } from './progress.ts'
import { READ_BYTES, readOn } from './read.ts'
import type { Reading } from './reading.ts'
import { resumeGenerations } from './resume.ts'

/** How much longer than a look the pause after it is, at least. */
const REST_FOR_LOOK = 4
export type FileOptions = {
  readonly path: string
  readonly max_line: number
  readonly poll: Duration
  readonly rotate_wait: Duration
}

/** The source of files: looks at them, reads new lines, and delivers them with the place of all files. */
export class FileWatcher implements Source {
  readonly describe: string
  readonly #options: FileOptions
  readonly #context: SourceContext
  readonly #generations: Generations
  readonly #reading: Reading
  readonly #cutterAt: CutterAt
  readonly #leftOut: LeftOutFiles
  readonly #search: FileSearch
  readonly #progress: FilesProgress
  /** Whether the last look at the files found nothing new. */
  #atRest = false
  readonly atRest: () => boolean = () => this.#atRest
  #deliver: Deliver = async () => {}
  /** Why lines could not be delivered. */
  #broken: unknown

  constructor(files: FileSet, options: FileOptions, context: SourceContext) {
    this.describe = `file ${options.path}`
    this.#options = options
    this.#progress = new FilesProgress(!files.isGlob)
    this.#context = context
    this.#leftOut = new LeftOutFiles(context)
    this.#cutterAt = cutterAt(longestLine(options.max_line, context), this.#leftOut, context)
    const { warnOnce } = this.#leftOut
    const following = {
      rotateWaitMs: options.rotate_wait,
      cutter: this.#cutterAt,
      warnOnce,
      unreadable: this.#unreadable,
    }
    this.#generations = new Generations(context, following)
    const { path } = options
    this.#search = new FileSearch({ files, path, context, generations: this.#generations, leftOut: this.#leftOut })
    const readBytes = fitting(READ_BYTES, context)
    this.#reading = { buffers: readBufferPool(readBytes), readBytes, signal: context.signal, take: this.#take }
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock, untilEnd, places } = this.#context
    this.#deliver = deliver
    if (places.some((place) => place !== undefined)) {
      await deliver({ ...NO_RECORDS }, this.#progress.changes(this.#generations.all))
    }
    while (!signal.aborted) {
      this.#atRest = false
      const began = clock.elapsed()
      const grew = await this.#readable(this.#look())
      const waits = this.#generations.all.some((one) => isWaiting(one, this.#context.form))
      this.#atRest = !grew && !waits && !this.#generations.isHeld()
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
    const last = lastRunOf(places, `source ${name}`)
    this.#progress.resume(last)
    const resuming = { folder, now: clock.elapsed(), cutter: this.#cutterAt, warn: this.#leftOut.warnOnce }
    await this.#generations.resume(await this.#readable(resumeGenerations(last.generations, resuming)))
  }

  /** Rejects with a Failure that names the source where the file system refuses something. */
  #readable<Outcome>(work: Promise<Outcome>): Promise<Outcome> {
    return onFiles(work, this.#options.path, `source ${this.#context.name}`)
  }

  /** Looks once at every file; false where nothing was new. */
  async #look(): Promise<boolean> {
    const found = await this.#search.find()
    for (const given of await this.#generations.follow(found)) await this.#finish(given)
    let grew = false
    // The rest of a file that was renamed comes before the file that has taken its name.
    for (const generation of this.#generations.all.filter(isNameless)) {
      if (await this.#readNameless(generation, found)) grew = true
    }
    for (const here of await this.#search.inOrder(found, this.#progress.ended)) {
      if (this.#context.signal.aborted) return grew
      try {
        if (await this.#lookAt(here, found)) grew = true
      } catch (error) {
        this.#unreadable(here.path, error)
      }
    }
    return grew
  }

  async #lookAt(here: FoundFile, found: ReadonlyMap<string, FoundFile>): Promise<boolean> {
    const known = this.#generations.under(here.id)
    if (known === undefined) {
      if (!this.#leftOut.hasRoom(this.#generations.all.length)) return false
      await checkOpens(here.whole)
    }
    const generation = await this.#generations.meet(here, found)
    if (generation === undefined) return false
    const grew = await this.#read(generation, here)
    await this.#generations.used(generation)
    return grew
  }

  /** Leaves out a file for now. What is wrong with the topic, and not with the file, ends the source. */
  readonly #unreadable = (path: string, error: unknown): void => {
    if (this.#broken !== undefined) throw this.#broken
    if (error instanceof Failure) {
      this.#leftOut.addFailure(error)
      return
    }
    if (!isFileError(error)) throw error
    // It was removed meanwhile: the next look does not find it.
    if (error.code !== 'ENOENT') this.#leftOut.add(path, whyUnreadable(error))
  }

  async #read(generation: Generation, here: FoundFile): Promise<boolean> {
    const file = fileOf(generation)
    // It was empty when its generation began, and may have become a copy since.
    if (file === undefined || (here.size === 0 && !isRead(generation))) return false
    const isDone = file.packing !== undefined || file.refused !== undefined || generation.position >= here.size
    let grew = false
    if (!(isDone && file.seen === here.seen)) {
      generation.changed = Math.floor(here.changed)
      grew = await this.#readOn(generation, file)
      file.seen = here.seen
    }
    if (!grew) await this.#takeWaiting(generation)
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
    if (fault !== undefined) this.#leftOut.addFault(file.path, fault)
    if (done) await this.#takeRest(generation)
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
    if (!this.#search.isGlob || !toSearched(generation)) return true
    this.#search.expandSoon()
    return false
  }

  async #readOn(generation: Generation, file: FollowedFile): Promise<boolean> {
    try {
      const grew = await readOn(generation, file, this.#reading)
      if (file.refused !== undefined) this.#leftOut.refuse(file.refused)
      generation.hasNews ||= grew || generation.done
      if (!grew) return false
      generation.grewAt = this.#context.clock.elapsed()
      generation.changed = await changedAt(file)
      this.#progress.readTo(generation.changed)
      return true
    } catch (error) {
      if (this.#broken !== undefined) throw this.#broken
      if (isRefusal(error)) {
        file.refused = error
        this.#leftOut.refuse(error)
      } else if (error instanceof Failure && error.code === 'not-found' && !this.#context.untilEnd) {
        // It was removed after it was found.
        this.#leftOut.warnOnce(`${error.message}; it is tried again when it changes`)
      } else this.#unreadable(file.path, error)
      return false
    }
  }

  /** Takes the lines of a record that might go on, once the file has been quiet for as long as they are to wait. */
  async #takeWaiting(generation: Generation): Promise<void> {
    const { form, clock } = this.#context
    if (!isWaiting(generation, form) || clock.elapsed() - generation.grewAt < (form?.waitMs ?? 0)) return
    await this.#take(generation, generation.cutter.lines(generation.cutter.wholeRest()))
  }

  async #takeRest(generation: Generation): Promise<void> {
    if (this.#context.signal.aborted) return
    const { cutter, fault } = generation
    // A line that damage has cut is no line.
    const isWhole = fault === undefined || fault.kind === 'rest'
    let rest: Records
    try {
      rest = cutter.lines(isWhole ? cutter.rest() : cutter.wholeRest())
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.#leftOut.refuse(error)
      return
    }
    await this.#take(generation, rest)
  }

  async #finish(generation: Generation): Promise<void> {
    if (this.#context.signal.aborted) return
    await this.#takeRest(generation)
    await this.#generations.drop(generation)
    this.#progress.end(generation)
  }

  readonly #take = async (generation: Generation, lines: Records): Promise<void> => {
    if (lines.count === 0) {
      lines.lease?.release()
      return
    }
    const part = this.#progress.count(generation, lines.count)
    const file = resolve(this.#context.folder, generation.state.file.path)
    try {
      const appended = (durable: Promise<void>) => this.#progress.append(part, durable)
      await this.#deliver(lines, this.#progress.changes(this.#generations.all), { part, file, appended })
    } catch (error) {
      this.#broken = error
      throw error
    }
  }
}

/** Whether no name leads to its file, but the file may have more. */
const isNameless = ({ state }: Generation): boolean => state.kind === 'away' || state.kind === 'cut'

/** Whether lines of a record wait for more, but not for good. */
const isWaiting = ({ cutter }: Generation, form: SourceContext['form']): boolean =>
  form?.waitMs !== undefined && cutter.holdsLines
