/**
 * Runs the units of a query over files. The outcome of a unit depends only on the unit, so any thread can run it, and merging
 * the outcomes in order gives the same rows for any number of threads.
 */
import type { ReadStream } from 'node:fs'
import { assert } from '../base/assert.ts'
import { Failure, inShell } from '../base/failure.ts'
import { isRefusal } from '../bytes/refusal.ts'
import { faultText } from '../bytes/unpack.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import type { LookupContent } from '../engine/lookup/content.ts'
import { type Final, type Local, openLocal, type PartialState } from '../engine/partial.ts'
import type { Arrivals, Decoder, OpenFormat, Rejects } from '../format/format.ts'
import type { Records } from '../record/column.ts'
import { sliceRecords } from '../record/records.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import { asLines } from './documents.ts'
import { isHeader } from './file-heads.ts'
import { type InputFile, openRemoteFiles } from './find-files.ts'
import { LineJoiner, type PlacedLines } from './line-joiner.ts'
import { LINE_BYTES_LIMIT, LineReader, type LineTaker } from './line-reader.ts'
import {
  type InputStream,
  type LineRange,
  packedFile,
  readByteRange,
  readStream,
  startOf,
  unpackedStream,
} from './read-lines.ts'
import type { RemoteFiles } from './remote-files.ts'
import type { FileTable } from './table-files.ts'
import { type DeadKept, type FileFault, holeIn, isReadWhole, noCounts, type Outcome, type Unit } from './units.ts'

/** Dead letters kept of an outcome, and bytes of their lines: more than a person is shown. */
const [DEAD_LINES_KEPT, DEAD_LINE_HEAD] = [10, 1000]
export type UnitContext = {
  readonly query: Query
  readonly catalog: Catalog
  readonly tables: readonly FileTable[]
  /** The rows of tables that rows are looked up in. */
  readonly contents: ReadonlyMap<string, LookupContent>
  readonly session: Session
  /** The graph that merges the outcomes, if it is in this thread. */
  readonly final: Final | undefined
  readonly deadKept: DeadKept
}

/** Runs the units of one scan. */
export type UnitScan = {
  run(unit: Unit, hand: (outcome: Outcome) => void): Promise<void>
  /** What was kept of all units, once they have been run. */
  rest(): PartialState | undefined
}

/**
 * Decodes the lines of one scan's units and pushes them into its local graph. All units use the same objects and functions,
 * as V8 would throw away the code compiled for the first unit as soon as it met others.
 */
export class ScanRunner implements LineTaker, UnitScan {
  readonly #local: Local
  readonly #decode: Decoder
  readonly #format: OpenFormat
  readonly #stream: InputStream | undefined
  readonly #again: boolean
  readonly #reader = new LineReader()
  #remote: Promise<RemoteFiles> | undefined
  #file = ''
  /** The packed file that is being read, and how much of it is counted. */
  #packed: ReadStream | undefined
  #packedRead = 0
  /** Whether the next record may be the header of the file. */
  #skips = false
  /** Where in the file the next outcome begins, and the bytes of each. */
  #next = 0
  #step = 0
  #hand: (outcome: Outcome) => void = () => {}
  /** The lines that are being decoded, and the position in the file of byte 0 of their buffer. */
  #lines: Records | undefined
  #position = 0
  #counts = noCounts()
  /** Set once a record of the unit may span lines: from there on, lines are put together. */
  #joiner: LineJoiner | undefined
  #arrivals: Arrivals | undefined
  /** Whether a record was rejected that may go on in the next line. */
  #isOpen = false
  /** Lines of the present push that were rejected. */
  #rejected = 0
  readonly #deadKept: DeadKept
  readonly #rejects: Rejects = {
    add: (record, byte, reason) => {
      if (reason === this.#format.spanning?.openReason) this.#isOpen = true
      if (this.#again) this.#rejected++
      else this.#reject(record, byte, reason)
    },
  }

  constructor(
    { query, catalog, tables, contents, session, final, deadKept }: UnitContext,
    { scan, table, again }: Unit,
  ) {
    const found = tables.find(({ name }) => name === table)
    assert(found !== undefined, `table ${table} has a format`)
    const { format, stream } = found
    const reject = ({ origin, reason }: { origin: number; reason: string }) => {
      this.#counts.failed++
      this.#reject(origin, 0, reason)
    }
    this.#local = openLocal(query, catalog, scan, { session, contents, final, reject, keeps: true })
    this.#decode = format.decoder(this.#local.columns)
    this.#format = format
    this.#stream = stream
    this.#again = again
    this.#deadKept = deadKept
  }

  async run({ file, from, to, step }: Unit, hand: (outcome: Outcome) => void): Promise<void> {
    const [stream, { spanning }] = [this.#stream, this.#format]
    this.#arrivals = file?.changed === undefined ? undefined : { arrival: file.changed, timestamps: [] }
    this.#file = file?.path ?? stream?.name ?? ''
    this.#skips = this.#format.skipsFirstLine && from === 0
    this.#step = step
    this.#next = from + step
    this.#hand = hand
    this.#joiner = spanning?.isSeen === true ? new LineJoiner(spanning) : undefined
    if (stream !== undefined) await this.#readStream(stream)
    else if (file !== undefined && isHdfsPath(file.path)) await this.#readRemote(file, { from, to })
    else if (file === undefined || !isReadWhole(file)) this.#readPlain({ from, to })
    else await this.#readStream(unpackedStream(file.path, () => this.#openPacked(file.path)))
    this.#endJoining(file !== undefined && to < file.size)
    hand(this.#take())
    this.#packed = undefined
  }

  rest(): PartialState | undefined {
    return this.#local.rest()
  }

  lines(lines: Records, position: number): boolean {
    const pushed = this.#joiner === undefined ? this.#pushSteps({ lines, position }) : 0
    if (pushed < lines.count && this.#format.spanning !== undefined) {
      this.#joiner ??= new LineJoiner(this.#format.spanning)
      const rest = { lines: sliceRecords(lines, pushed, lines.count), position }
      for (const records of this.#joiner.add(rest)) this.#pushSteps(records)
    }
    return !this.#local.full()
  }

  /** Pushes lines, and hands over an outcome at the end of each step. Returns the first line of those to join. */
  #pushSteps({ lines, position }: PlacedLines): number {
    let first = 0
    if (this.#skips && lines.count > 0) {
      const isHead = isHeader(lines, this.#file, this.#format, this.#joiner !== undefined)
      if (isHead === undefined) return 0
      this.#skips = false
      first = isHead ? 1 : 0
    }
    for (
      ;
      lines.count > 0 && position + (lines.start[lines.count - 1] as number) >= this.#next;
      this.#next += this.#step
    ) {
      let cut = first
      while (position + (lines.start[cut] as number) < this.#next) cut++
      if (!this.#push(sliceRecords(lines, first, cut), position)) return first
      this.#hand(this.#take())
      first = cut
    }
    return this.#push(sliceRecords(lines, first, lines.count), position) ? lines.count : first
  }

  /** `isWithin`: the file goes on behind the unit. */
  #endJoining(isWithin: boolean): void {
    const rest = this.#joiner?.end()
    if (rest === undefined || this.#local.full()) return
    if (!isWithin) {
      this.#pushSteps(rest)
      return
    }
    const byte = rest.position + (rest.lines.start[0] as number)
    throw new Failure('usage', `${this.#file}: the record at byte ${byte} has no end where the file is divided`, {
      hint: `Read it in one piece: tailrace query '…' - < ${inShell(this.#file)}`,
    })
  }

  #readPlain(range: LineRange): void {
    try {
      readByteRange(this.#file, range, this.#reader, this)
    } catch (error) {
      this.#keepLoss(error)
    }
  }

  /** Goes on with other files where one cannot be read: it was removed after it was found, say. */
  #keepLoss(error: unknown): void {
    this.#joiner = undefined
    if (!(error instanceof Failure && /^(not-text|not-found|denied|io)$/.test(error.code))) throw error
    this.#keepFault({ message: error.message, hint: error.hint, isLoss: true })
  }

  async #readStream(stream: InputStream, range?: LineRange): Promise<void> {
    try {
      await readStream(range === undefined ? asLines(this.#format, stream) : stream, this.#reader, this, range)
    } catch (error) {
      if (stream === this.#stream || (isHdfsPath(stream.name) && !isRefusal(error))) throw error
      this.#keepLoss(error)
    }
    for (const fault of stream.faults) {
      this.#keepFault({ message: faultText(stream.name, fault), isLoss: fault.kind !== 'rest' })
    }
  }

  async #readRemote(file: InputFile, range: LineRange): Promise<void> {
    this.#remote ??= openRemoteFiles()
    const remote = await this.#remote
    const bytes = (from: number, to: number) => remote.bytes(file.path, from, to)
    if (isReadWhole(file)) return this.#readStream(unpackedStream(file.path, () => bytes(range.from, range.to)))
    await this.#readStream({ name: file.path, bytes: bytes(startOf(range), range.to), faults: [] }, range)
  }

  hole(): void {
    const found = holeIn(this.#file)
    if (!this.#counts.faults.some((fault) => fault.message === found.message)) this.#keepFault(found)
  }

  #keepFault(fault: FileFault): void {
    if (!this.#again) this.#counts.faults.push(fault)
  }

  /** Opens a packed file, once more where it is damaged. */
  #openPacked(path: string): ReadStream {
    this.#packed = packedFile(path)
    this.#packedRead = 0
    return this.#packed
  }

  tooLong(position: number): void {
    if (this.#again) return
    this.#counts.lines++
    this.#keepDead(position, `the line is longer than ${LINE_BYTES_LIMIT >> 20} MiB`, undefined)
  }

  /** Pushes records. False, and pushes none, if one of them may go on in the next line and lines are not joined yet. */
  #push(lines: Records, position: number): boolean {
    if (lines.count === 0) return true
    const { dead, deadLines } = this.#counts
    const kept = deadLines.length
    this.#lines = lines
    this.#position = position
    this.#isOpen = false
    this.#rejected = 0
    const batch = this.#decode(lines, this.#rejects, this.#arrivals)
    if (this.#isOpen && this.#joiner === undefined) {
      this.#counts.dead = dead
      deadLines.length = kept
      return false
    }
    if (!this.#again) this.#counts.lines += lines.count
    if (this.#packed === undefined)
      this.#counts.bytes += (lines.end[lines.count - 1] as number) + 1 - (lines.start[0] as number)
    this.#local.push(batch)
    this.#counts.used += Math.max(0, lines.count - this.#rejected)
    return true
  }

  #take(): Outcome {
    if (this.#packed !== undefined) {
      this.#counts.bytes = this.#packed.bytesRead - this.#packedRead
      this.#packedRead = this.#packed.bytesRead
    }
    const outcome = { partial: this.#local.take(), ...this.#counts }
    this.#counts = noCounts()
    return outcome
  }

  #reject(record: number, byte: number, reason: string): void {
    this.#rejected++
    const lines = this.#lines
    // Rows that were merged no longer come from one line.
    if (record < 0 || lines === undefined) {
      this.#keepDead(this.#position, reason, undefined)
      return
    }
    const start = lines.start[record] as number
    this.#keepDead(this.#position + start + byte, reason, lines.bytes.subarray(start, lines.end[record]))
  }

  #keepDead(byte: number, reason: string, line: Uint8Array | undefined): void {
    this.#counts.dead++
    const [{ deadLines }, keepsAll] = [this.#counts, this.#deadKept === 'all']
    if (!keepsAll && deadLines.length >= DEAD_LINES_KEPT) return
    // A copy, as the buffer will have other lines.
    const kept = line && new Uint8Array(keepsAll ? line : line.subarray(0, DEAD_LINE_HEAD))
    deadLines.push({ file: this.#file, byte, reason, line: kept })
  }
}
