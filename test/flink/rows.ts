/** The comparison of rows in the notation of Flink's answers (README of ../shared/flink, "Values"). */
import { cellText } from '../../src/verify/cell.ts'
import type { Json } from './cases.ts'

/** Compares the values cell by cell, with -0 different from 0; rows without an order are a multiset. */
export function sameRows(
  ours: readonly (readonly Json[])[],
  theirs: readonly (readonly Json[])[],
  ordered: boolean,
): boolean {
  const [mine, wanted] = [ours, theirs].map((rows) => {
    const lines = rows.map((row) => row.map(cellText).join('\u0000'))
    return ordered ? lines : lines.sort()
  }) as [string[], string[]]
  return mine.length === wanted.length && mine.every((line, index) => line === wanted[index])
}
