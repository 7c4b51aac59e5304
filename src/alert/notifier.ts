/** Where people hear of alerts. A new notifier is a file beside this and one line in `all.ts`. */
import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Failure } from '../base/failure.ts'
import type { AlertState, Severity } from '../sql/plan/alert-words.ts'
import type { SharedOutput } from '../terminal/output.ts'

/** One key of an alert that fired, is still firing, or is resolved. Times are texts in ISO 8601. */
export type NotifiedKey = {
  /** The id of its firing: the same when it fires, in reminders and when it is resolved. */
  readonly id: string
  readonly since: string
  readonly at: string
  readonly message: string
  /** The columns of the key, and all columns of the row, with values as JSON has them. */
  readonly key: { readonly [column: string]: unknown }
  readonly row: { readonly [column: string]: unknown }
}

/** What is said at once: keys of one alert to which the same happened. */
export type Notification = {
  /** Made of the ids and the state: sent again after a crash, it has the same one. */
  readonly id: string
  readonly pipeline: string
  readonly alert: string
  readonly state: AlertState
  readonly severity: Severity
  /** One line. */
  readonly title: string
  /** The messages of the first keys, and how many others there are; one line each. */
  readonly text: string
  /** All of them, at most `MOST_KEYS` of `notification.ts`. */
  readonly keys: readonly NotifiedKey[]
  readonly count: number
}

export type Notifier = {
  /**
   * Tells people. Rejects with a Failure where they cannot be told; then the same notification comes again, until it is told.
   * `giveUp` is aborted when nobody waits for it any longer.
   */
  tell(notification: Notification, giveUp: AbortSignal | undefined): Promise<void>
  close(): Promise<void>
}

export type NotifierContext = {
  /** Whose notifier it is, for messages: "alert high_errors". */
  readonly of: string
  /** Folder that relative paths start from: that of the pipeline file. */
  readonly folder: string
  /** Standard output. */
  readonly output: SharedOutput
  readonly clock: Clock
}

/** A mistake in the options of a notifier; `path` is that of the option inside them. */
export type NotifierMistake = { readonly path: readonly (string | number)[]; readonly failure: Failure }

export type NotifierType<Options = unknown> = {
  readonly name: string
  readonly summary: string
  readonly options: z.ZodType<Options>
  /** The mistakes in the options, for an alert whose rows have these columns. It looks at nothing outside. */
  check?(options: Options, columns: readonly string[]): readonly NotifierMistake[]
  /** Rejects with a Failure; after a retryable one, opening is tried again. */
  open(options: Options, context: NotifierContext): Promise<Notifier>
}

/** A type of notifier, with its options typed where it is defined. */
export function defineNotifier<Options>(type: NotifierType<Options>): NotifierType {
  return type as NotifierType
}
