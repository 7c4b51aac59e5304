/** Dead letters as the API has them, for the pages of the dashboard, which import types from this folder only. */
import type { SentChosen, ShownGroup, ShownLetter } from '../../history/letters/letter-view.ts'

export type { SentChosen, ShownGroup, ShownLetter }

/** The dead letters of a topic in short. */
export type DeadTopic = {
  readonly topic: string
  /** Letters that are kept. */
  readonly kept: number
  /** Those of this run, by kind; null where the run does not know. */
  readonly run: { readonly [kind: string]: number } | null
}

export type DeadGroups = {
  /** The most frequent first. */
  readonly items: readonly ShownGroup[]
  readonly next: string | null
  readonly kept: number
  /** Letters that were looked at so far; where they are fewer than are kept, the next answer has more of them. */
  readonly looked: number
}

export type LettersPage = {
  /** The newest first. */
  readonly items: readonly ShownLetter[]
  readonly next: string | null
  readonly looked: number
}

/** What `dead/send-again` takes: which letters. */
export type SendAgain = {
  readonly kind?: string
  readonly query?: string
  readonly sink?: string
  readonly group?: string
  readonly reason?: string
}
