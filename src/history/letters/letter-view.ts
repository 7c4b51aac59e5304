/** Dead letters as plain data, for people and programs. Types alone: the dashboard reads them, too. */
import type { Offset } from '../../base/quantity.ts'
import type { ShownBytes } from '../records/record-view.ts'

export type RecordPlace = { readonly partition: number; readonly offset: Offset }

/** A part of a record. */
export type Excerpt = {
  /** null where only its place is kept. */
  readonly record: ShownBytes | null
  /** The byte of the whole record at which it stopped being one; null where the letter is not about a byte. */
  readonly byte: number | null
}

export type LateTimes = { readonly least: number; readonly greatest: number }
export type Windows = { readonly from: string; readonly to: string }

export type ShownLetter = Excerpt & {
  /** Its own place in the topic of dead letters. */
  readonly partition: number
  readonly offset: Offset
  /** When it was kept, in ISO 8601. */
  readonly at: string
  readonly kind: string
  readonly reason: string
  readonly query: string | null
  readonly sink: string | null
  readonly rule: string | null
  /** The record that it is of, the first of them where it is of many; null where it is of no single record. */
  readonly of: RecordPlace | null
  /** Records or rows that it is of. */
  readonly rows: number
  readonly lateMs: LateTimes | null
  readonly watermark: string | null
  readonly windows: Windows | null
  readonly wasSent: boolean
  /** The command that puts late rows into the rows of their query. */
  readonly repair: string | null
}

export type ShownGroup = Excerpt & {
  readonly id: string
  readonly kind: string
  readonly reason: string
  readonly query: string | null
  readonly sink: string | null
  readonly count: number
  readonly sentAgain: number
  /** Whether its records can be sent again: they were no rows. */
  readonly canSend: boolean
  readonly firstAt: string
  readonly lastAt: string
  readonly first: RecordPlace
  readonly last: RecordPlace
  readonly lateMs: LateTimes | null
  readonly windows: Windows | null
  readonly repair: string | null
}

/** What was sent, and why the others were not, as plain data. */
export type SentChosen = {
  readonly sent: number
  /** Letters whose records were sent before, and those whose records are not kept any more. */
  readonly earlier: number
  readonly gone: number
  /** Letters of records that queries have used, as they are late or failed in one; and those that a sink refused. */
  readonly used: number
  readonly refused: number
  /** Queries with late rows, and the windows that these missed. */
  readonly late: readonly { readonly query: string; readonly windows: Windows }[]
}
