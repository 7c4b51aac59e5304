/**
 * How alerts stand and what has happened in them, as plain data. Times are texts in ISO 8601; `…Ms` are milliseconds.
 * Pages of the dashboard know these types, so this file imports nothing.
 */
type Values = { readonly [column: string]: unknown }

/** What people have heard about a key from one notifier. */
export type ToldBy = {
  readonly notifier: string
  /** `waiting`: it is not told yet. `new`: the notifier came later, and others have told it. Of both, `at` is null. */
  readonly how: 'told' | 'old' | 'silenced' | 'waiting' | 'new'
  readonly at: string | null
}

/** One key. Times are texts in ISO 8601. */
export type AlertKey = {
  readonly state: 'firing' | 'pending' | 'resolved'
  /** null while it is pending. */
  readonly id: string | null
  readonly key: Values
  readonly since: string
  /** When it fired, or was resolved; null while it is pending. */
  readonly at: string | null
  /** The other columns of its last row. */
  readonly row: Values
  readonly told: readonly ToldBy[]
  readonly silencedUntil: string | null
}

/** When it fires and is resolved: conditions as the file has them, and times in ms; null where it has none. */
export type AlertRuleView = {
  readonly when: string | null
  readonly clear: string | null
  readonly minCount: string | null
  /** Of `unreachable` it is a time of the machine's clock, of others event time. */
  readonly forMs: number | null
  readonly quietMs: number | null
  readonly absentMs: number | null
  readonly remindMs: number | null
}

export type AlertView = {
  readonly name: string
  readonly severity: string
  /** The query that it watches; null: it is `unreachable`. */
  readonly from: string | null
  /** Columns of its key. */
  readonly key: readonly string[]
  readonly rule: AlertRuleView
  /** The event time that it has come to, by which `for` is counted; null where it has seen none, or nothing runs. */
  readonly reached: string | null
  readonly notifiers: readonly { readonly name: string; readonly trouble: string | null }[]
  /** How many keys stand so, also those that are not among `keys`. */
  readonly firing: number
  readonly pending: number
  readonly keys: readonly AlertKey[]
}

/** One alert, with what it watches. */
export type AlertDetail = AlertView & {
  /** The SQL of the query whose rows it watches; null: it is about sources. */
  readonly sql: string | null
  /** The topic that has its history. */
  readonly topic: string
}

export type AlertsView = {
  readonly at: string
  readonly isRunning: boolean
  /** Of the pipeline: what people mean by tomorrow. */
  readonly timezone: string
  readonly alerts: readonly AlertView[]
  readonly silences: readonly SilenceView[]
}

export type SilenceView = {
  readonly id: string
  readonly alert: string
  /** Only keys with these values. */
  readonly key: { readonly [column: string]: string }
  readonly until: string
  readonly reason: string | null
}

/** One row of the topic. */
export type Happened = Pick<AlertKey, 'key' | 'row' | 'since' | 'told'> & {
  readonly state: 'firing' | 'reminder' | 'resolved'
  /** Rows of one firing have the same id. */
  readonly id: string
  readonly severity: string
  readonly message: string
  readonly at: string
}

/** A part of the history, the newest first; `next` is where the part behind it ends, null where there is none. */
export type HappenedPage = { readonly items: readonly Happened[]; readonly next: string | null }
