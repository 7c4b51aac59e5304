/** Reads dead letters row by row: those of late rows that are kept by place are one for each row, too. */
import { type LateRows, runsOf, wallText } from './late-rows.ts'
import type { DeadLetter } from './letter.ts'

/** What every letter of a late row says, whether it is kept whole or by place. */
export type ReadLetter = Omit<DeadLetter, 'reason' | 'record' | 'windows'> & {
  readonly reason?: string
  readonly record?: string
  readonly windows?: { readonly count: number }
}

/** The letters of records of `NAME.dead`, in order. */
export const lettersOf = (records: readonly string[]): readonly ReadLetter[] =>
  records.flatMap((record) => {
    const letter = JSON.parse(record) as DeadLetter | LateRows
    return 'places' in letter ? rowsOf(letter) : [letter]
  })

function rowsOf(letter: LateRows): readonly ReadLetter[] {
  const { kind, topic, partition, query, scan } = letter
  return [...runsOf(letter)].flatMap(({ from, to, watermark, lateMs, windows }) =>
    Array.from({ length: to - from }, (_, row) => ({
      kind,
      topic,
      partition,
      offset: from + row,
      query,
      ...(scan === undefined ? {} : { scan }),
      late_ms: lateMs,
      watermark: wallText(watermark),
      windows: { count: windows },
    })),
  )
}

/**
 * The same records in a form that is equal for two runs however often they were stopped: which late rows are kept whole, and
 * how many are in one letter, depends on that.
 */
export const settledLetters = (records: readonly string[]): readonly string[] =>
  lettersOf(records).map((letter) => {
    // A reason that tells the arrival differs where the same records came at another time.
    if (letter.kind === 'future') return JSON.stringify({ ...letter, reason: '' })
    if (letter.kind !== 'late' && letter.kind !== 'partly_late') return JSON.stringify(letter)
    const { kind, topic, partition, offset, query, scan = 0, late_ms, watermark, windows } = letter
    return JSON.stringify({ kind, topic, partition, offset, query, scan, late_ms, watermark, windows: windows?.count })
  })
