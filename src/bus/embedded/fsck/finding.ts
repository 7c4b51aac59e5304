/**
 * What `fsck` finds. Damage: bytes that are not what was written, or do not fit together. A note: something that costs no
 * record, and that the next start, or nobody, has to put right.
 */

/** What part of the folder is concerned. */
export type FindingKind =
  | 'records'
  | 'tail'
  | 'gap'
  | 'index'
  | 'topics'
  | 'group'
  | 'mark'
  | 'checkpoint'
  | 'sink'
  | 'ticks'
  | 'history'
  | 'format'
  | 'unknown'

export type Finding = {
  readonly kind: FindingKind
  readonly isDamage: boolean
  /** Below the data folder; of a sink, its whole path. */
  readonly file: string
  /** The byte, where the file is not damaged as a whole. */
  readonly position?: number
  readonly nature: string
  /** Offsets [from, to) that cannot be read, or are not known to be right; at most so many records. */
  readonly affected?: { readonly topic: string; readonly partition: number; readonly from: number; readonly to: number }
  /** What can be done, or what will be. */
  readonly advice: string
  /** What `repair` may do: only what is proved by the files themselves. */
  readonly repair?: Repair
}

export type Repair =
  | { readonly kind: 'cut tail'; readonly log: string; readonly position: number }
  | { readonly kind: 'rebuild index'; readonly log: string }

/** What it means that something points beyond the end of a topic. */
export const MIXED: string =
  'The files do not belong together, or the topic has lost its end: two folders were mixed, or one was copied while ' +
  'tailrace ran. Put back a copy that was made while it was stopped.'

/** What it costs to go on without `reports.json`. */
export const WITHOUT_REPORTS: string =
  'each report then runs when it is next due, and one that was missed meanwhile is to be run by hand.'

export const unknown = (file: string): Finding => {
  return { kind: 'unknown', isDamage: false, file, nature: 'not a file of tailrace', advice: 'It is not read.' }
}
