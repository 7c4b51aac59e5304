/**
 * The work of a query over files, cut into units: a range of a plain file, or a whole file that must be read from its start; and
 * what comes of each.
 */
import { assert } from '../base/assert.ts'
import type { PartialState } from '../engine/partial.ts'
import { holesText } from '../record/nuls.ts'
import type { InputFile } from './find-files.ts'
import type { RowGroupSize } from './parquet/table.ts'
import type { FileTable } from './table-files.ts'

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
  /** Of a Parquet file, the row groups that it reads, in place of lines. `from` and `to` then count their bytes. */
  readonly groups?: { readonly from: number; readonly to: number }
}

export type DeadLine = {
  readonly file: string
  /** Where the line stopped fitting; or its first byte. */
  readonly byte: number
  /** In place of the byte, where the file has rows and no lines; the first is 0. */
  readonly row?: number | undefined
  readonly reason: string
  /** The line; undefined where it is longer than a line may be, or a row that was merged of several. */
  readonly line: Uint8Array | undefined
}

/** `first`: the first few of each outcome, with the start of their lines. `all`: each, with its whole line. */
export type DeadKept = 'first' | 'all'

/** What was not right with the bytes of a file. */
export type FileFault = {
  /** With the name of the file. */
  readonly message: string
  readonly hint?: string | undefined
  /** Whether something of the file is missing that should be there. */
  readonly isLoss: boolean
}

/** NULs in a file, where its lines go on behind them. */
export const holeIn = (file: string): FileFault => ({
  message: holesText(file, ' (a hole from a crash, or from a file cut while it was written)'),
  isLoss: false,
})

/** What is counted of a unit. */
export type Counts = {
  lines: number
  /** Bytes of the file or stream; of a packed file, packed. */
  bytes: number
  /** Lines that were neither rejected by the format nor by an expression. */
  used: number
  /** The number of dead letters, and those that are kept. */
  dead: number
  /** Of these, the rows for which an expression failed. */
  failed: number
  deadLines: DeadLine[]
  faults: FileFault[]
}

/** The result of a unit, or of `step` bytes of one. */
export type Outcome = Readonly<Counts> & { readonly partial: PartialState }

/** What a thread has kept of all units of a scan that it ran. */
export type Rest = { readonly scan: number; readonly partial: PartialState }

/** What is counted of a unit before it is read. */
export const noCounts = (): Counts => ({ lines: 0, bytes: 0, used: 0, dead: 0, failed: 0, deadLines: [], faults: [] })

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
    // Where records span lines, only a reader that began at the start knows at which line one begins.
    const isDivided = found.format.spanning?.isSeen !== true
    return found.files.flatMap((file) =>
      file.parquet !== undefined
        ? groupUnits(file.parquet.groups, step).map((part) => ({ ...whole, file, ...part }))
        : !isReadWhole(file) && isDivided
          ? rangesOf(file, step).map((range) => ({ ...whole, file, ...range }))
          : [{ ...whole, file }],
    )
  })
}

/** Whether a file can only be read from its start: packed, or a JSON document. */
export const isReadWhole = ({ compression, isDocument }: InputFile): boolean =>
  compression !== undefined || isDocument === true

/** Row groups that follow each other, of `step` bytes together where that is possible. */
function groupUnits(groups: readonly RowGroupSize[], step: number): Pick<Unit, 'groups' | 'from' | 'to'>[] {
  const units: Pick<Unit, 'groups' | 'from' | 'to'>[] = []
  let [first, from, to] = [0, 0, 0]
  groups.forEach(({ bytes }, group) => {
    to += bytes
    if (to - from < step && group < groups.length - 1) return
    units.push({ groups: { from: first, to: group + 1 }, from, to })
    first = group + 1
    from = to
  })
  return units
}

function rangesOf({ size }: InputFile, step: number): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (let from = 0; from < size; from += step) ranges.push({ from, to: Math.min(size, from + step) })
  return ranges
}
