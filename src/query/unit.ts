/**
 * The work of a query over files, in units: a range of a plain file, or a whole file that must be read from its start.
 * What comes of a unit depends on nothing but the unit, so any thread can run it, and merging the outcomes in order gives
 * the same rows for any number of threads.
 */
import { type Final, type Local, openLocal, type PartialState } from '../engine/partial.ts'
import type { Decoder, Rejects } from '../format/format.ts'
import type { Records } from '../record/column.ts'
import { sliceRecords } from '../record/records.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import { LINE_BYTES_LIMIT, LineReader, type LineTaker } from './line-reader.ts'
import { type InputStream, readRange, readStream, unpackedFile } from './read-lines.ts'
import type { FileTable, InputFile } from './table-files.ts'

export type Unit = {
  /** Which scan of the plan it feeds. */
  readonly scan: number
  /** Whether a scan before it reads the same table, and counts its lines and those that are no rows. */
  readonly again: boolean
  readonly table: string
  /** undefined: standard input. */
  readonly file: InputFile | undefined
  /**
   * Lines whose first byte is in [from, to). A compressed file or a stream is one unit, and hands over what came of it
   * every `step` bytes: so the parts, and the result to its last digit, are those of the same bytes in a plain file.
   */
  readonly from: number
  readonly to: number
  readonly step: number
}

export type DeadLine = { readonly file: string; readonly byte: number; readonly reason: string }

/** What came of a unit, or of a piece of one that is a stream. */
export type Outcome = {
  readonly partial: PartialState
  readonly lines: number
  /** Bytes of the file or stream, unpacked. */
  readonly bytes: number
  /** Dead letters: all are counted, the first few are kept. */
  readonly dead: number
  readonly deadLines: readonly DeadLine[]
}

const DEAD_LINES_KEPT = 10

export function unitsOf(
  scans: readonly { readonly table: string }[],
  tables: readonly FileTable[],
  step: number,
): Unit[] {
  return scans.flatMap(({ table }, scan): Unit[] => {
    const found = tables.find(({ name }) => name === table)
    if (found === undefined) throw new Error(`internal error: no files for table ${table}`)
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
  /** Runs a unit and hands over what comes of it, in order. */
  run(unit: Unit, hand: (outcome: Outcome) => void): Promise<void>
}

/** Runs units in this thread. Scans are opened when their first unit comes. `final`: what takes their outcomes, if it is here. */
export function openUnitRunner(
  query: Query,
  catalog: Catalog,
  tables: readonly FileTable[],
  session: Session,
  final?: Final,
): UnitRunner {
  const scans = new Map<number, ScanRunner>()
  return {
    async run(unit, hand) {
      let scan = scans.get(unit.scan)
      if (scan === undefined) {
        scan = new ScanRunner(query, catalog, tables, { session, final }, unit)
        scans.set(unit.scan, scan)
      }
      await scan.run(unit, hand)
    },
  }
}

type Within = { readonly session: Session; readonly final: Final | undefined }

/**
 * Decodes the lines of one scan's units and pushes them into its local part of the plan. It serves all units with the same
 * objects and functions: what V8 compiled for the first is thrown away as soon as it meets others.
 */
class ScanRunner implements LineTaker {
  readonly #local: Local
  readonly #decode: Decoder
  readonly #skipsFirstLine: boolean
  readonly #stream: InputStream | undefined
  readonly #again: boolean
  readonly #reader = new LineReader()
  #file = ''
  /** Whether the next line is the head of the file. */
  #skips = false
  /** Where the unit's next piece begins, and how large they are. */
  #next = 0
  #step = 0
  #hand: (outcome: Outcome) => void = () => {}
  /** Of the lines that are being decoded: the place in the file of byte 0 of their buffer. */
  #lines: Records | undefined
  #position = 0
  #count = 0
  #bytes = 0
  #dead = 0
  #deadLines: DeadLine[] = []
  readonly #rejects: Rejects = {
    add: (record, byte, reason) => {
      if (!this.#again) this.#reject(record, byte, reason)
    },
  }

  constructor(query: Query, catalog: Catalog, tables: readonly FileTable[], within: Within, unit: Unit) {
    const { scan, table, again } = unit
    const found = tables.find(({ name }) => name === table)
    if (found === undefined) throw new Error(`internal error: no format for table ${table}`)
    const { format, stream } = found
    const reject = ({ origin, reason }: { origin: number; reason: string }) => this.#reject(origin, 0, reason)
    this.#local = openLocal(query, catalog, scan, { ...within, reject })
    this.#decode = format.decoder(this.#local.columns)
    this.#skipsFirstLine = format.skipsFirstLine
    this.#stream = stream
    this.#again = again
  }

  async run({ file, from, to, step }: Unit, hand: (outcome: Outcome) => void): Promise<void> {
    const stream = this.#stream
    this.#file = file?.path ?? stream?.name ?? ''
    this.#skips = this.#skipsFirstLine && from === 0
    this.#step = step
    this.#next = from + step
    this.#hand = hand
    if (stream !== undefined) await readStream(stream, this.#reader, this)
    else if (file?.compression === undefined) readRange(this.#file, { from, to }, this.#reader, this)
    else {
      await readStream({ name: file.path, bytes: unpackedFile(file.path, file.compression) }, this.#reader, this)
    }
    hand(this.#take())
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

  tooLong(position: number): void {
    if (this.#again) return
    this.#count++
    this.#keepDead(position, `the line is longer than ${LINE_BYTES_LIMIT >> 20} MiB`)
  }

  #push(lines: Records, position: number): void {
    if (lines.count === 0) return
    this.#lines = lines
    this.#position = position
    if (!this.#again) this.#count += lines.count
    this.#bytes += (lines.end[lines.count - 1] as number) + 1 - (lines.start[0] as number)
    this.#local.push(this.#decode(lines, this.#rejects))
  }

  #take(): Outcome {
    const outcome = {
      partial: this.#local.take(),
      lines: this.#count,
      bytes: this.#bytes,
      dead: this.#dead,
      deadLines: this.#deadLines,
    }
    this.#count = 0
    this.#bytes = 0
    this.#dead = 0
    this.#deadLines = []
    return outcome
  }

  #reject(record: number, byte: number, reason: string): void {
    // Rows that were counted together are no one line any more.
    const start = record < 0 ? 0 : (this.#lines?.start[record] ?? 0)
    this.#keepDead(this.#position + start + byte, reason)
  }

  #keepDead(byte: number, reason: string): void {
    this.#dead++
    if (this.#deadLines.length < DEAD_LINES_KEPT) this.#deadLines.push({ file: this.#file, byte, reason })
  }
}
