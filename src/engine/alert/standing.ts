/** How a key of an alert stands. */
import type { EventTime } from '../../base/quantity.ts'
import type { Value } from '../../record/column.ts'

export type AlertStanding = {
  readonly state: 'pending' | 'firing'
  /** The id of the firing, which all its rows have; empty while it is pending. */
  readonly id: string
  readonly since: EventTime
  readonly fired: EventTime | undefined
  /** Its last row: the columns of the query, in their order. */
  readonly values: readonly Value[]
}
