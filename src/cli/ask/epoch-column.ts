/** Finds the column whose numbers are times, counted since 1970: by its name, and by all its values in the sample. */
import type { EpochUnit } from '../../format/declared-columns.ts'
import type { Batch } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { rowCells } from '../../terminal/cells.ts'

/** Milliseconds of one. A number is in the range of one unit at most. */
const UNITS: readonly (readonly [EpochUnit, number])[] = [
  ['s', 1000],
  ['ms', 1],
  ['us', 1e-3],
  ['ns', 1e-6],
]
/** Durations and counts in a column of such a name are smaller; times of logs are not before. */
const FIRST_MS = Date.UTC(1990, 0)
const LAST_MS = Date.UTC(2100, 0)
/** A word of the name of such a column; numbers alone may be ids. */
const WORD = /^(?:t|ts|at|epoch|when|unix|created|updated|modified|\w*time|\w*stamp|\w*date)$/i

/** A column of numbers since 1970. */
export type EpochColumn = {
  readonly at: number
  readonly unit: EpochUnit
  /** Its times in milliseconds, without NULL. */
  readonly times: readonly number[]
}

/** The first such column; undefined: there is none. */
export function findEpoch(fields: readonly Field[], batch: Batch): EpochColumn | undefined {
  const named = fields.flatMap(({ name, type }, at) =>
    (type.kind === 'BIGINT' || type.kind === 'DOUBLE') && wordsOf(name).some((word) => WORD.test(word)) ? at : [],
  )
  if (named.length === 0) return undefined
  const rows = Array.from({ length: batch.count }, (_, row) => rowCells(fields, batch, row, 'exact'))
  for (const at of named) {
    const values = rows.map((cells) => cells[at]).filter((cell) => cell !== 'NULL')
    if (values.length === 0) continue
    for (const [unit, scale] of UNITS) {
      const times = values.map((value) => Number(value) * scale)
      if (times.every((time) => time >= FIRST_MS && time < LAST_MS)) return { at, unit, times }
    }
  }
  return undefined
}

/** `createdAt`, `event_time` and `@timestamp` as words. */
const wordsOf = (name: string): readonly string[] => name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').split(/[^A-Za-z]+/)
