/** A log of records that are made as columns and written in the format of their topic. The place is the number of the next one. */

import type { RecordEncoder } from '../../../format/format.ts'
import { linesWriter } from '../../../format/write/encode-rows.ts'
import { ndjsonEncoder } from '../../../format/write/json.ts'
import type { Field } from '../../../record/type.ts'
import type { SourcePlace } from '../../source.ts'
import { flawed, isOfBytes } from '../dials/flaw.ts'
import { type PlanParts, RecordPlan } from '../dials/plan.ts'
import { type MadeLog, spliced } from '../made-log.ts'
import type { MadeRows } from './made-rows.ts'

/** What writes them as JSON, one object a record, where the topic does not say how. */
export const jsonRecords = (fields: readonly Field[]): RecordEncoder =>
  linesWriter(
    ndjsonEncoder,
    fields,
    fields.map((_, index) => index),
  )

export type RowLogStart = { readonly line: number; readonly place: SourcePlace; readonly capacity: number }

/** The log from record `line` on; `place` is what is kept with each place besides the number. */
export function rowLog(rows: MadeRows, parts: PlanParts, encoder: RecordEncoder, start: RowLogStart): MadeLog {
  const plan = new RecordPlan(start.capacity, parts)
  let line = start.line
  return {
    get place() {
      return { ...start.place, line }
    },
    get line() {
      return line
    },
    last: plan,
    make(count) {
      plan.fill(line, Math.min(count, start.capacity))
      const sound = encoder.write(rows.rows(plan), 0, plan.count)
      const records = spliced(sound, plan.flaws, (row, bytes) => {
        const code = plan.flaws[row] as number
        return isOfBytes(code) ? flawed(bytes, code, plan.numbers[row] as number, rows.flawedMembers) : undefined
      })
      line += plan.count
      return records
    },
  }
}
