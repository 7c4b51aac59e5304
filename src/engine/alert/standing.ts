/** How a key of an alert stands. */
import type { EventTime } from '../../base/quantity.ts'

export type AlertStanding = {
  readonly state: 'pending' | 'firing'
  /** The id of the firing, which all its rows have; empty while it is pending. */
  readonly id: string
  readonly since: EventTime
  readonly fired: EventTime | undefined
  /** Its last row: the columns of the query as a JSON object. */
  readonly row: string
}
