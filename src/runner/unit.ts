/**
 * The work of a query over files, in units: a range of a plain file, or a whole file that must be read from its start.
 * What comes of a unit depends on nothing but the unit, so any thread can run it, and merging the outcomes in order gives
 * the same rows for any number of threads.
 */
import type { Readable } from 'node:stream'
import { type Local, openLocal, type PartialState } from '../engine/partial.ts'
import type { Decoder, Rejects } from '../format/format.ts'
import type { Records } from '../record/column.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan.ts'
import { LINE_BYTES_LIMIT, type LineTaker } from './line-cutter.ts'
import { readRange, readStream } from './read-lines.ts'
import type { FileTable, InputFile } from './table-files.ts'

/** Bytes of a plain file in a unit. */
const UNIT_BYTES = 16 << 20
/** Lines of a stream after which its outcome so far is handed over. */
const STREAM_LINES = 1 << 18

export type Unit = {
  /** Which scan of the plan it feeds. */
  readonly scan: number
  readonly table: string
  /** undefined: standard input. */
  readonly file: InputFile | undefined
  /** Lines whose first byte is in [from, to). A compressed file or standard input is one unit. */
  readonly from: number
  readonly to: number
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

export function unitsOf(scans: readonly { readonly table: string }[], tables: readonly FileTable[]): Unit[] {
  return scans.flatMap(({ table }, scan): Unit[] => {
    const found = tables.find(({ name }) => name === table)
    if (found === undefined) throw new Error(`internal error: no files for table ${table}`)
    if (found.stream !== undefined) return [{ scan, table, file: undefined, from: 0, to: Number.POSITIVE_INFINITY }]
    return found.files.flatMap((file) => unitsOfFile(file).map((range) => ({ scan, table, file, ...range })))
  })
}

function unitsOfFile({ size, compression }: InputFile): { from: number; to: number }[] {
  if (compression !== undefined) return [{ from: 0, to: Number.POSITIVE_INFINITY }]
  const ranges: { from: number; to: number }[] = []
  for (let from = 0; from < size; from += UNIT_BYTES) ranges.push({ from, to: Math.min(size, from + UNIT_BYTES) })
  return ranges
}

export type UnitRunner = {
  /** Runs a unit and hands over what comes of it, in order; `stream` is standard input. */
  run(unit: Unit, hand: (outcome: Outcome) => void, stream?: Readable): Promise<void>
}

/** Runs units in this thread. Scans are opened when their first unit comes. */
export function openUnitRunner(
  query: Query,
  catalog: Catalog,
  tables: readonly FileTable[],
  session: Session,
): UnitRunner {
  const scans = new Map<number, ScanRunner>()
  return {
    async run(unit, hand, stream) {
      let scan = scans.get(unit.scan)
      if (scan === undefined) {
        scan = new ScanRunner(query, catalog, tables, session, unit)
        scans.set(unit.scan, scan)
      }
      await scan.run(unit, hand, stream)
    },
  }
}

/** Decodes the lines of one scan's units and pushes them into its local part of the plan. */
class ScanRunner {
  readonly #local: Local
  readonly #decode: Decoder
  readonly #skipsFirstLine: boolean
  #file = ''
  /** Of the lines that are being decoded: the place in the file of byte 0 of their buffer. */
  #lines: Records | undefined
  #position = 0
  #count = 0
  #bytes = 0
  #dead = 0
  #deadLines: DeadLine[] = []
  readonly #rejects: Rejects = { add: (record, byte, reason) => this.#reject(record, byte, reason) }

  constructor(query: Query, catalog: Catalog, tables: readonly FileTable[], session: Session, { scan, table }: Unit) {
    const format = tables.find(({ name }) => name === table)?.format
    if (format === undefined) throw new Error(`internal error: no format for table ${table}`)
    const reject = ({ origin, reason }: { origin: number; reason: string }) => this.#reject(origin, 0, reason)
    this.#local = openLocal(query, catalog, scan, { session, reject })
    this.#decode = format.decoder(this.#local.columns)
    this.#skipsFirstLine = format.skipsFirstLine
  }

  async run({ file, from, to }: Unit, hand: (outcome: Outcome) => void, stream?: Readable): Promise<void> {
    this.#file = file?.path ?? 'standard input'
    let skip = this.#skipsFirstLine && from === 0
    const isStream = file === undefined || file.compression !== undefined
    const taker: LineTaker = {
      lines: (lines, position) => {
        let first = skip ? 1 : 0
        skip = false
        // A stream is cut by number of lines: how its bytes arrive is chance.
        while (isStream && this.#count + lines.count - first >= STREAM_LINES) {
          const next = first + STREAM_LINES - this.#count
          this.#push(part(lines, first, next), position)
          hand(this.#take())
          first = next
        }
        this.#push(first === 0 ? lines : part(lines, first, lines.count), position)
        return true
      },
      tooLong: (position) => {
        this.#count++
        this.#keepDead(position, `the line is longer than ${LINE_BYTES_LIMIT >> 20} MiB`)
      },
    }
    if (file === undefined && stream !== undefined) await readStream(stream, undefined, taker)
    else if (file?.compression !== undefined) await readStream(file.path, file.compression, taker)
    else if (file !== undefined) readRange(file.path, from, to, taker)
    hand(this.#take())
  }

  #push(lines: Records, position: number): void {
    if (lines.count === 0) return
    this.#lines = lines
    this.#position = position
    this.#count += lines.count
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

const part = ({ bytes, start, end }: Records, from: number, to: number): Records => ({
  bytes,
  start: start.subarray(from, to),
  end: end.subarray(from, to),
  count: to - from,
})
