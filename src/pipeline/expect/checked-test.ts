/** A test whose names are resolved and whose times and rows are read. */
import type { Duration, EventTime } from '../../base/quantity.ts'
import type { ExpectedRow, ExpectedRows } from './expected-rows.ts'
import type { SentLines } from './test-entry.ts'

export type CheckedTest = {
  readonly name: string
  /** What the clock says at the beginning, ms since 1970. */
  readonly now: EventTime
  readonly steps: readonly CheckedStep[]
  /** Whether the input ends after the steps. */
  readonly end: boolean
  readonly expectations: readonly Expectation[]
}

export type CheckedStep = { readonly path: ExpectationPath } & (
  | { readonly kind: 'at'; readonly instant: EventTime }
  | { readonly kind: 'wait'; readonly time: Duration }
  /** `to`: the name of a topic that the file declares. */
  | { readonly kind: 'send'; readonly to: string; readonly sent: SentLines }
  /** `table`: that of a store, which gets more rows, or a lookup table, which then has these rows alone. */
  | { readonly kind: 'rows'; readonly table: string; readonly rows: readonly ExpectedRow[] }
  /** `table`: a lookup table, which then has the content of the file. */
  | { readonly kind: 'content'; readonly table: string; readonly file: string }
  | { readonly kind: 'report'; readonly report: string }
)

/** Where in the file it stands. */
export type ExpectationPath = readonly (string | number)[]

/** `of`: the name of a topic, query, report or alert; `count`: how many there are. */
export type Expectation = { readonly path: ExpectationPath; readonly of: string } & (
  | { readonly kind: 'rows'; readonly expected: ExpectedRows }
  | { readonly kind: 'letters'; readonly expected: ExpectedRows }
  | { readonly kind: 'dead' | 'late'; readonly count: number }
)

/** What a test may ask of a dead letter. Of the reason, a part is enough. */
export const LETTER_COLUMNS: readonly string[] = [
  'kind',
  'rule',
  'reason',
  'record',
  'query',
  'partition',
  'offset',
  'byte',
]
