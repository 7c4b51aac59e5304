/**
 * Takes the finished files of a folder, each once and in order, and puts each away when all its records are durable.
 *
 * Records are numbered through all files, which are read one after the other. `place.ts` says what the place has of them, and
 * what a restart does with it. A file that was taken is known by device and inode, size, time of change and print, so a name may
 * come again with another content.
 */
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { type FoundFile, fileFailure, isFileError, onFiles, whyUnreadable } from '../file/find.ts'
import { LeftOutFiles } from '../file/left-out.ts'
import type { Deliver, Source, SourceContext } from '../source.ts'
import type { FilePiece } from './contents.ts'
import { hasGrown, type OpenFound, printOfFound, type RecordOptions, recordsOfFile } from './file-records.ts'
import { Finishing, type OpenFile } from './finishing.ts'
import { Inbox, type InboxOptions, type Look } from './inbox.ts'
import { KeptFiles } from './kept-files.ts'
import { type FileOfLastRun, lastSpoolRun, type ReadFrom, type SpoolPlace, type TakenFile } from './place.ts'
import type { Done } from './put-away.ts'
import { tellChanged, tellGone, tellOnceTakenAway } from './tell.ts'

/** The most files that are read and not yet put away: each is in the place of every append. */
const MOST_OPEN = 16

export type SpoolOptions = InboxOptions &
  RecordOptions & {
    /** `move`: a whole path. */
    readonly done: Done
    readonly poll: Duration
  }

/** The source of finished files. */
export class Spooler implements Source {
  readonly describe: string
  readonly #options: SpoolOptions
  readonly #context: SourceContext
  readonly #inbox: Inbox
  readonly #leftOut: LeftOutFiles
  readonly #kept: KeptFiles
  readonly #finishing: Finishing
  /** Files that are not taken, by device and inode, as they were seen then. */
  readonly #refused = new Map<string, string>()
  #look: Look = { found: new Map(), finished: [] }
  #line = 0
  #deliver: Deliver = async () => {}
  #atRest = false
  readonly atRest: () => boolean = () => this.#atRest

  constructor(options: SpoolOptions, context: SourceContext) {
    const { folder, clock, places, journal, disk = nodeDisk } = context
    const leftOut = new LeftOutFiles(context)
    const tellTakenAway = tellOnceTakenAway(context)
    const isNew = places.every((place) => place === undefined)
    this.describe = `spool ${options.folder}`
    this.#options = options
    this.#context = context
    this.#leftOut = leftOut
    this.#inbox = new Inbox(options, { folder, clock, leftOut: leftOut.add })
    this.#kept = new KeptFiles(journal, isNew)
    this.#finishing = new Finishing({
      ...options,
      folder: this.#inbox.whole,
      disk,
      kept: this.#kept,
      found: () => this.#look.found,
      changed: (file) => tellChanged(this.#pathOf(file), file, true, leftOut),
      gone: (file) => tellTakenAway(this.#pathOf(file)),
      refused: (file, error) => {
        leftOut.miss(error, `${this.#pathOf(file)} was taken, and stays where it is: ${error.message}`)
      },
    })
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, untilEnd } = this.#context
    this.#deliver = deliver
    await this.#resume()
    while (!signal.aborted) {
      this.#atRest = false
      const isThere = await this.#lookAgain()
      const took = isThere && (await this.#readable(this.#takeAll()))
      const waits = !isThere || this.#look.finished.length < this.#look.found.size
      if (!took && !waits && untilEnd) return
      this.#atRest = !took && !waits
      if (!took) await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    const { clock, signal } = this.#context
    if (!signal.aborted) await clock.sleep(this.#options.poll, signal).catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finishing.close()
  }

  /** Puts away what the last run has read, and reads again what is not in its partitions. */
  async #resume(): Promise<void> {
    const { places, name, signal } = this.#context
    const { line, files } = lastSpoolRun(places, `source ${name}`)
    this.#line = line
    // While the folder is away, its files are not gone.
    if (files.length > 0) this.#inbox.wasThere = true
    while (!(await this.#lookAgain())) {
      await this.#pause()
      if (signal.aborted) return
    }
    await this.#readable(this.#goOn(files))
  }

  async #goOn(files: readonly FileOfLastRun[]): Promise<void> {
    const { signal } = this.#context
    const again: (readonly [open: OpenFile, found: FoundFile, from: ReadFrom])[] = []
    for (const { file, from } of files) {
      const found = this.#look.found.get(file.id)
      if (found === undefined) {
        if (from !== undefined) tellGone(this.#pathOf(file), this.#leftOut)
      } else if (found.seen !== file.seen) await this.#meetChanged(found, file, from === undefined)
      else {
        const open = this.#finishing.add({ ...file, name: basename(found.path) })
        if (from === undefined) this.#finishing.read(open)
        else again.push([open, found, from])
      }
    }
    for (const [open, found, from] of again) await this.#opened(found, (opened) => this.#read(open, opened, from))
    await this.#finishing.until(0, signal)
  }

  /** Meets another content under the device and inode of a file of the last run. It may be a new file, which is taken. */
  async #meetChanged(found: FoundFile, file: TakenFile, isWhole: boolean): Promise<void> {
    if (isWhole && !(await hasGrown(found, file))) return
    tellChanged(found.path, file, isWhole, this.#leftOut)
    this.#refused.set(found.id, found.seen)
    await this.#kept.add([{ ...file, stays: true }], this.#look.found)
  }

  /** Looks into the folder; false where it cannot be listed now, or is gone, as when another machine has it. */
  async #lookAgain(): Promise<boolean> {
    const { untilEnd, name } = this.#context
    try {
      this.#look = await this.#inbox.look()
    } catch (error) {
      if (!isFileError(error)) throw error
      // The source is named by the run, where something cannot be reached.
      const failure = fileFailure(error, this.#inbox.whole, untilEnd ? `source ${name}` : 'its folder')
      if (untilEnd) throw failure
      this.#context.unreachable?.(failure)
      return false
    }
    this.#context.unreachable?.(undefined)
    return true
  }

  /** Takes all files that are finished; false where there were none to take. */
  async #takeAll(): Promise<boolean> {
    const { signal } = this.#context
    await this.#finishing.tryAgain()
    let took = false
    for (const found of this.#look.finished) {
      if (signal.aborted) break
      if (!(await this.#isNew(found))) continue
      await this.#finishing.until(MOST_OPEN - 1, signal)
      if (await this.#opened(found, (opened) => this.#take(opened))) took = true
    }
    await this.#finishing.until(0, signal)
    return took
  }

  /** Whether a file was not taken yet. There is a warning of one that was taken and has grown since. */
  async #isNew(found: FoundFile): Promise<boolean> {
    const { id, seen } = found
    if (this.#refused.get(id) === seen) return false
    const taken = this.#kept.under(id)
    if (taken === undefined) return true
    if (taken.seen === seen) return false
    if (!(await hasGrown(found, taken))) return true
    this.#refused.set(id, seen)
    tellChanged(found.path, taken, true, this.#leftOut)
    return false
  }

  /** Opens a file for some work. One that cannot be opened is left out, and false is given. */
  async #opened(found: FoundFile, work: (opened: OpenFound) => Promise<boolean>): Promise<boolean> {
    const handle = await open(found.whole).catch((error: NodeJS.ErrnoException) => {
      // Somebody may have removed it after it was found.
      if (error.code !== 'ENOENT') this.#leftOut.add(found.path, whyUnreadable(error))
    })
    if (handle === undefined) return false
    try {
      return await work({ found, handle })
    } finally {
      await handle.close()
    }
  }

  async #take(opened: OpenFound): Promise<boolean> {
    const known = await printOfFound(opened)
    if (known === undefined) return false
    const file = { name: basename(opened.found.path), ...known, first: this.#line }
    return this.#read(this.#finishing.add(file), opened, { line: this.#line, position: 0 })
  }

  /** Delivers the records of a file from some place on. False where it has something else than records. */
  async #read(open: OpenFile, opened: OpenFound, { line, position }: ReadFrom): Promise<boolean> {
    const { signal } = this.#context
    const pieces = this.#piecesOf(open, opened, position)
    let number = line
    try {
      for (;;) {
        const piece = await this.#next(pieces, opened.found)
        if (piece === 'end') break
        if (piece === 'refused' && number === open.file.first) {
          this.#finishing.drop(open)
          return false
        }
        if (piece === 'refused') {
          open.file = { ...open.file, count: number - open.file.first, stays: true }
          break
        }
        if (signal.aborted) piece.records.lease?.release()
        if (signal.aborted) break
        number = await this.#deliverPiece(open, piece, number)
      }
    } finally {
      await pieces.return(undefined)
    }
    if (!signal.aborted) this.#finishing.read(open)
    return true
  }

  #piecesOf(open: OpenFile, opened: OpenFound, position: number): AsyncGenerator<FilePiece> {
    return recordsOfFile(opened, position, {
      options: this.#options,
      context: this.#context,
      leftOut: this.#leftOut,
      fault: (fault) => {
        this.#leftOut.addFault(opened.found.path, fault)
        if (fault.kind !== 'rest') open.file = { ...open.file, stays: true }
      },
    })
  }

  /** The next piece of a file. One that cannot be read, or is refused, is reported, and the file is not taken again until it changes. */
  async #next(
    pieces: AsyncGenerator<FilePiece>,
    { id, seen, path }: FoundFile,
  ): Promise<FilePiece | 'end' | 'refused'> {
    try {
      const next = await pieces.next()
      return next.done === true ? 'end' : next.value
    } catch (error) {
      if (error instanceof Failure) this.#leftOut.refuse(error)
      else if (isFileError(error)) this.#leftOut.add(path, whyUnreadable(error))
      else throw error
      this.#refused.set(id, seen)
      return 'refused'
    }
  }

  /** Delivers some records, the first of which has this number; gives the number behind them. */
  async #deliverPiece(open: OpenFile, { records, position, isLast }: FilePiece, number: number): Promise<number> {
    const { first, count, name } = open.file
    // Where the last run had read it to its end, others have the numbers behind it.
    if (count !== undefined) records.count = Math.min(records.count, first + count - number)
    const line = number + records.count
    if (isLast && count === undefined) open.file = { ...open.file, count: line - first }
    this.#line = Math.max(this.#line, line)
    if (records.count === 0) return line
    const place: SpoolPlace = { line, at: { first, position }, taken: this.#finishing.files }
    const appended = (durable: Promise<void>) => this.#finishing.appended(open, durable)
    await this.#deliver(records, place, { file: join(this.#inbox.whole, name), appended })
    return line
  }

  #pathOf({ name }: TakenFile): string {
    return join(this.#options.folder, name)
  }

  /** Rejects with a Failure that names the source where the file system refuses something. */
  #readable<Outcome>(work: Promise<Outcome>): Promise<Outcome> {
    return onFiles(work, this.#inbox.whole, `source ${this.#context.name}`)
  }
}
