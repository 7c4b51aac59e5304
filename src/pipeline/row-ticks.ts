/** How the clock of a topic shows among rows that another engine reads: see `runner/row-clock.ts`. */
import type { Duration } from '../base/quantity.ts'

export type RowTicks = {
  /** The column of event time, and how far its watermark trails it. */
  readonly time: number
  readonly delayMs: Duration
  /** The column that says of a row that it is a tick. */
  readonly column: string
  /** When one is needed: at multiples of `step` of event time, up to `reach` behind the last row. */
  readonly steps: readonly { readonly step: Duration; readonly reach: Duration }[]
  /** Topics that the other engine reads together, in whose time each of them goes on. */
  readonly together: readonly (readonly string[])[]
}
