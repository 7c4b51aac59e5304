/** A log of records that are made as columns and written in the format of their topic. The place is the number of the next one. */

import type { RecordEncoder } from '../../../format/format.ts'
import { linesWriter } from '../../../format/write/encode-rows.ts'
import { ndjsonEncoder } from '../../../format/write/json.ts'
import type { Records } from '../../../record/column.ts'
import type { Field } from '../../../record/type.ts'
import type { SourcePlace } from '../../source.ts'
import { flawed, isOfBytes } from '../dials/flaw.ts'
import { type PlanParts, RecordPlan } from '../dials/plan.ts'
import type { MadeLog } from '../made-log.ts'
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
    make(count) {
      plan.fill(line, Math.min(count, start.capacity))
      const records = withFlaws(encoder.write(rows.rows(plan), 0, plan.count), plan, rows)
      line += plan.count
      return records
    },
  }
}

/** The records, in order as before, with the flaws that the plan says. */
function withFlaws(records: Records, plan: RecordPlan, { flawedMembers }: MadeRows): Records {
  const { bytes, start, end, count } = records
  if (!plan.flaws.subarray(0, count).some(isOfBytes)) return records
  const pieces: Uint8Array[] = []
  let from = 0
  let moved = 0
  for (let row = 0; row < count; row++) {
    const code = plan.flaws[row] as number
    const [begin, close] = [start[row] as number, end[row] as number]
    start[row] = begin + moved
    if (isOfBytes(code)) {
      const piece = flawed(bytes.subarray(begin, close), code, plan.numbers[row] as number, flawedMembers)
      pieces.push(bytes.subarray(from, begin), piece)
      from = close
      moved += piece.length - (close - begin)
    }
    end[row] = close + moved
  }
  pieces.push(bytes.subarray(from))
  return { bytes: Buffer.concat(pieces), start, end, count }
}
