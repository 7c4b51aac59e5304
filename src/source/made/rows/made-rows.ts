/** Records that are made as columns, so that a topic of any format that can be written is filled with them. */
import type { Batch } from '../../../record/column.ts'
import type { Field } from '../../../record/type.ts'
import type { FlawedMembers } from '../dials/flaw.ts'
import type { RecordPlan } from '../dials/plan.ts'

export type MadeRows = {
  readonly fields: readonly Field[]
  readonly flawedMembers: FlawedMembers
  /** Makes the rows of a plan. The batch is valid until the next call, which writes over it. */
  rows(plan: RecordPlan): Batch
  /** What happened before a time, in microseconds since the start: with whom, and when. */
  incidents(before: number): readonly MadeIncident[]
  /** Whom burst `k` is about. */
  whomOfBurst(k: number): string
}

/** Something that an alert should find. Times are microseconds since the start. */
export type MadeIncident = {
  readonly what: string
  /** Whom it is about: an address, a country, a method. */
  readonly whom: string
  readonly from: number
  readonly to: number
}
