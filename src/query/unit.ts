/**
 * The work of a query over files, in units: a range of a plain file, or a whole file that must be read from its start. The
 * outcome of a unit depends only on the unit, so any thread can run it, and merging the outcomes in order gives the same
 * rows for any number of threads.
 */
import type { ReadStream } from 'node:fs'
import { assert } from '../base/assert.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import { type Final, type Local, openLocal, type PartialState } from '../engine/partial.ts'
import type { Decoder, Rejects } from '../format/format.ts'
import type { Records } from '../record/column.ts'
import { sliceRecords } from '../record/records.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import { LINE_BYTES_LIMIT, LineReader, type LineTaker } from './line-reader.ts'
import {
  decompressed,
  type InputStream,
  type LineRange,
  packedFile,
  readByteRange,
  readStream,
  startOf,
} from './read-lines.ts'
import type { RemoteFiles } from './remote-files.ts'
import { type FileTable, type InputFile, openRemoteFiles } from './table-files.ts'

export type Unit = {
  /** Which scan of the plan it feeds. */
  readonly scan: number
  /** Whether an earlier scan reads the same table, and counts its lines and dead letters. */
  readonly again: boolean
  readonly table: string
  /** Undefined for standard input. */
  readonly file: InputFile | undefined
  /**
   * Lines whose first byte is in [from, to). A compressed file or a stream is one unit, and hands over an outcome for every
   * `step` bytes, so that the result is, to its last digit, that of the same bytes in a plain file.
   */
  readonly from: number
  readonly to: number
  readonly step: number
}

export type DeadLine = {
  readonly file: string
  /** Where the line stopped fitting; or its first byte. */
  readonly byte: number
  readonly reason: string
  /** The line; undefined where it is longer than a line may be, or a row that was merged of several. */
  readonly line: Uint8Array | undefined
}

/** `first`: the first few of each outcome, with the start of their lines. `all`: each, with its whole line. */
export type DeadKept = 'first' | 'all'

/** What is counted of a unit. */
type Counts = {
  lines: number
  /** Bytes of the file or stream; of a packed file, packed. */
  bytes: number
  /** Lines that were neither rejected by the format nor by an expression. */
  used: number
  /** The number of dead letters, and those that are kept. */
  dead: number
  deadLines: DeadLine[]
}

/** The result of a unit, or of `step` bytes of one. */
export type Outcome = Readonly<Counts> & { readonly partial: PartialState }

const noCounts = (): Counts => ({ lines: 0, bytes: 0, used: 0, dead: 0, deadLines: [] })

const DEAD_LINES_KEPT = 10
/** Bytes of a line that are kept of the first dead letters: more than a person is shown. */
const DEAD_LINE_HEAD = 1000

/** Cuts the tables of all scans into units, each of up to `step` bytes where that is possible. */
export function unitsOf(
  scans: readonly { readonly table: string }[],
  tables: readonly FileTable[],
  step: number,
): Unit[] {
  return scans.flatMap(({ table }, scan): Unit[] => {
    const found = tables.find(({ name }) => name === table)
    assert(found !== undefined, `table ${table} has files`)
    const again = scans.slice(0, scan).some((before) => before.table === table)
    const whole = { scan, again, table, from: 0, to: Number.POSITIVE_INFINITY, step }
    if (found.stream !== undefined) return [{ ...whole, file: undefined }]
    return found.files.flatMap((file) =>
      file.compression === undefined
        ? rangesOf(file, step).map((range) => ({ ...whole, file, ...range }))
        : [{ ...whole, file }],
    )
  })
}

function rangesOf({ size }: InputFile, step: number): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (let from = 0; from < size; from += step) ranges.push({ from, to: Math.min(size, from + step) })
  return ranges
}

export type UnitRunner = {
  /** Runs a unit and hands over its outcomes, in order. */
  run(unit: Unit, hand: (outcome: Outcome) => void): Promise<void>
}

export type UnitContext = {
  readonly query: Query
  readonly catalog: Catalog
  readonly tables: readonly FileTable[]
  readonly session: Session
  /** The graph that merges the outcomes, if it is in this thread. */
  readonly final: Final | undefined
  readonly deadKept: DeadKept
}

/** Runs units in this thread. A scan is opened when its first unit comes. */
export function openUnitRunner(context: UnitContext): UnitRunner {
  const scans = new Map<number, ScanRunner>()
  return {
    async run(unit, hand) {
      let scan = scans.get(unit.scan)
      if (scan === undefined) {
        scan = new ScanRunner(context, unit)
        scans.set(unit.scan, scan)
      }
      await scan.run(unit, hand)
    },
  }
}

/**
 * Decodes the lines of one scan's units and pushes them into its local graph. All units use the same objects and functions,
 * as V8 would throw away the code compiled for the first unit as soon as it met others.
 */
class ScanRunner implements LineTaker {
  readonly #local: Local
  readonly #decode: Decoder
  readonly #skipsFirstLine: boolean
  readonly #stream: InputStream | undefined
  readonly #again: boolean
  readonly #reader = new LineReader()
  #remote: RemoteFiles | undefined
  #file = ''
  /** The packed file that is being read, and how much of it is counted. */
  #packed: ReadStream | undefined
  #packedRead = 0
  /** Whether the next line is the header of the file. */
  #skips = false
  /** Where in the file the next outcome begins, and the bytes of each. */
  #next = 0
  #step = 0
  #hand: (outcome: Outcome) => void = () => {}
  /** The lines that are being decoded, and the position in the file of byte 0 of their buffer. */
  #lines: Records | undefined
  #position = 0
  #counts = noCounts()
  /** Lines of the present push that were rejected. */
  #rejected = 0
  readonly #deadKept: DeadKept
  readonly #rejects: Rejects = {
    add: (record, byte, reason) => {
      if (this.#again) this.#rejected++
      else this.#reject(record, byte, reason)
    },
  }

  constructor({ query, catalog, tables, session, final, deadKept }: UnitContext, { scan, table, again }: Unit) {
    const found = tables.find(({ name }) => name === table)
    assert(found !== undefined, `table ${table} has a format`)
    const { format, stream } = found
    const reject = ({ origin, reason }: { origin: number; reason: string }) => this.#reject(origin, 0, reason)
    this.#local = openLocal(query, catalog, scan, { session, final, reject })
    this.#decode = format.decoder(this.#local.columns)
    this.#skipsFirstLine = format.skipsFirstLine
    this.#stream = stream
    this.#again = again
    this.#deadKept = deadKept
  }

  async run({ file, from, to, step }: Unit, hand: (outcome: Outcome) => void): Promise<void> {
    const stream = this.#stream
    this.#file = file?.path ?? stream?.name ?? ''
    this.#skips = this.#skipsFirstLine && from === 0
    this.#step = step
    this.#next = from + step
    this.#hand = hand
    if (stream !== undefined) await readStream(stream, this.#reader, this)
    else if (file !== undefined && isHdfsPath(file.path)) await this.#readRemote(file, { from, to })
    else if (file?.compression === undefined) readByteRange(this.#file, { from, to }, this.#reader, this)
    else await this.#readPacked(file)
    hand(this.#take())
    this.#packed = undefined
  }

  lines(lines: Records, position: number): boolean {
    let first = this.#skips ? 1 : 0
    this.#skips = false
    for (; position + (lines.start[lines.count - 1] as number) >= this.#next; this.#next += this.#step) {
      let cut = first
      while (position + (lines.start[cut] as number) < this.#next) cut++
      this.#push(sliceRecords(lines, first, cut), position)
      this.#hand(this.#take())
      first = cut
    }
    this.#push(sliceRecords(lines, first, lines.count), position)
    return !this.#local.full()
  }

  async #readRemote({ path, compression }: InputFile, range: LineRange): Promise<void> {
    this.#remote ??= await openRemoteFiles()
    const bytes = decompressed(this.#remote.bytes(path, startOf(range), range.to), compression)
    await readStream({ name: path, bytes }, this.#reader, this, range)
  }

  async #readPacked({ path, compression }: InputFile): Promise<void> {
    this.#packed = packedFile(path)
    this.#packedRead = 0
    await readStream({ name: path, bytes: decompressed(this.#packed, compression) }, this.#reader, this)
  }

  tooLong(position: number): void {
    if (this.#again) return
    this.#counts.lines++
    this.#keepDead(position, `the line is longer than ${LINE_BYTES_LIMIT >> 20} MiB`, undefined)
  }

  #push(lines: Records, position: number): void {
    if (lines.count === 0) return
    this.#lines = lines
    this.#position = position
    if (!this.#again) this.#counts.lines += lines.count
    if (this.#packed === undefined)
      this.#counts.bytes += (lines.end[lines.count - 1] as number) + 1 - (lines.start[0] as number)
    this.#rejected = 0
    this.#local.push(this.#decode(lines, this.#rejects))
    this.#counts.used += Math.max(0, lines.count - this.#rejected)
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
    const { deadLines } = this.#counts
    const keepsAll = this.#deadKept === 'all'
    if (!keepsAll && deadLines.length >= DEAD_LINES_KEPT) return
    // A copy, as the buffer will have other lines.
    const kept = line && new Uint8Array(keepsAll ? line : line.subarray(0, DEAD_LINE_HEAD))
    deadLines.push({ file: this.#file, byte, reason, line: kept })
  }
}
