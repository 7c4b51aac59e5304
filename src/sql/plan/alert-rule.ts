/** What an alert watches for over the rows of a query, as the planner reads it in the pipeline file. */
import type { Duration } from '../../base/quantity.ts'
import type { Template } from '../../template/template.ts'
import type { WindowKind } from './plan.ts'

export type Severity = 'info' | 'warning' | 'critical'

/** What a row of an alert says. */
export type AlertState = 'firing' | 'reminder' | 'resolved'

/** Where the event time of a row is read. `isZoned`: it is an instant; else a wall clock in the pipeline's time zone. */
export type AlertTime =
  /** Rows of windows in order: a row is known when its window ends. `window`: what made the windows, if that is known. */
  | {
      readonly kind: 'window'
      readonly role: 'start' | 'end' | 'time'
      readonly column: number
      readonly window: WindowKind | undefined
      readonly isZoned: boolean
    }
  /** Rows in any order, within the watermark delay. */
  | { readonly kind: 'rowtime'; readonly column: number; readonly isZoned: boolean }

/** What an alert watches for. Columns are indexes into the rows of the query, conditions into those of the plan below. */
export type AlertRule = {
  readonly pipeline: string
  readonly name: string
  readonly severity: Severity
  readonly message: Template
  /** Columns of the row: there is one alert for each combination of their values. */
  readonly key: readonly number[]
  readonly time: AlertTime
  /** The number of columns of the query's rows, which come first. */
  readonly width: number
  readonly watches:
    | {
        readonly kind: 'when'
        readonly when: number
        /** Without it, an alert is resolved where `when` is not true. */
        readonly clear: number | undefined
        /** Rows for which this is not true say nothing. */
        readonly enough: number | undefined
        readonly forMs: Duration
        /** A key without rows for this time is in no trouble any more; undefined: it stays as it is. */
        readonly quietMs: Duration | undefined
      }
    | { readonly kind: 'absent'; readonly absentMs: Duration }
  readonly remindMs: Duration | undefined
  /** The most keys that are kept at once. */
  readonly limit: number
}
