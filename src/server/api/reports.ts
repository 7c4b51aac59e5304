/** What the addresses about reports take and answer, for programs in TypeScript. Times are texts in ISO 8601. */
import type { ReportStatus } from '../../run/status/status.ts'

export type ReportView = {
  readonly name: string
  readonly sql: string
  /** The query of the pipeline that it asks; null: it has SQL of its own. */
  readonly of: string | null
  /** Topics and tables that it reads. */
  readonly reads: readonly string[]
  /** null: it is made by hand. */
  readonly schedule: { readonly cron: string; readonly words: string } | null
  /** The zone of its schedule, of days, and of times without a zone. */
  readonly timezone: string
  /** The length of its span, which ends when it is due. */
  readonly spanMs: number
  /** The next times that it is due. */
  readonly next: readonly string[]
  readonly stage: ReportStatus['stage']
  readonly last: ReportStatus['last']
  /** The newest run: at work, or ended. */
  readonly newest: ReportRunView | null
  /** The topic of its rows, and the sinks that take them from there. */
  readonly topic: string
  readonly sinks: readonly string[]
  readonly columns: readonly ReportColumn[]
}

export type ReportColumn = { readonly name: string; readonly type: string }

export type ReportRunView = {
  readonly id: string
  /** Rows at `since` are in the span, rows at `until` are not. */
  readonly since: string
  readonly until: string
  /** When it was due; null where it was asked for by hand. */
  readonly due: string | null
  /** Whether its rows go into the topic of the report, and so to its sinks; else they are only shown, and kept for a while. */
  readonly isDelivered: boolean
  /** `waiting`: for its turn, or until nothing of its span can come any more. */
  readonly state: 'waiting' | 'working' | 'done' | 'failed' | 'cancelled'
  readonly begunAt: string
  readonly endedAt: string | null
  /** Records that were read, of at most `ofRecords`; null where that is not known. */
  readonly records: number | null
  readonly ofRecords: number | null
  readonly rows: number | null
  /** Records that were read and could not be used: undecodable, or an expression failed. */
  readonly unusable: number | null
  /** How many of its rows were not in the topic yet. */
  readonly appended: number | null
  /** Whether the log had come to the end of the span; else rows may change. */
  readonly reached: boolean | null
  readonly failure: string | null
}

/** A run that is asked for: of a day, month, year or hour (`for: 2020-05-15`), between two times, or of the last time that it was due. */
export type AskedReportRun = {
  readonly for?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly due?: boolean | undefined
  /** Puts the rows into the topic of the report, for its sinks to take; else they are only shown. */
  readonly deliver?: boolean | undefined
}

/** A part of the rows of a run; `isCut`: of more rows than are kept for it. */
export type ReportRowsPart = {
  readonly columns: readonly ReportColumn[]
  readonly items: readonly { readonly [column: string]: unknown }[]
  readonly next: string | null
  /** How many there are, of all parts. */
  readonly rows: number
  readonly isCut: boolean
}
