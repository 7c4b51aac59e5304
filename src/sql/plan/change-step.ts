/** How often an answer that changes is put out. */
import type { Duration } from '../../base/quantity.ts'

/** After how much it is put out again: event time in ms, or records of one partition. */
export type ChangeStep =
  | { readonly kind: 'time'; readonly ms: Duration }
  | { readonly kind: 'records'; readonly count: number }
