/**
 * The work of a query over files, in units: a range of a plain file, or a whole file that must be read from its start. The
 * outcome of a unit depends only on the unit, so any thread can run it, and merging the outcomes in order gives the same
 * rows for any number of threads.
 */
import { assert } from '../base/assert.ts'
import type { FileTable, InputFile } from './table-files.ts'

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
    // Where records span lines, only who has read from the start knows at which line one begins.
    const isDivided = found.format.spanning?.isSeen !== true
    return found.files.flatMap((file) =>
      file.compression === undefined && isDivided
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
