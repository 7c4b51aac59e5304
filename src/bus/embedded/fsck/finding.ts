/**
 * A finding of `fsck` is damage or a note. Damage: bytes differ from those that were written, or files do not fit together.
 * A note costs no record, and needs no repair but by the next start.
 */
import { recovered } from '../../../base/failure.ts'
import type { Offset } from '../../../base/quantity.ts'

/** The part of the folder that a finding is about. */
export type FindingKind =
  | 'records'
  | 'tail'
  | 'gap'
  | 'index'
  | 'topics'
  | 'group'
  | 'mark'
  | 'places'
  | 'keys'
  | 'checkpoint'
  | 'sink'
  | 'ticks'
  | 'tables'
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
  /** Offsets [from, to) that cannot be read, or are not known to be right: the most that may be affected. */
  readonly affected?: { readonly topic: string; readonly partition: number; readonly from: Offset; readonly to: Offset }
  /** What can be done, or what will be. */
  readonly advice: string
  /** What `--repair` may do: only what the files themselves prove. */
  readonly repair?: Repair
}

export type Repair =
  | { readonly kind: 'cut tail'; readonly log: string; readonly position: number }
  | { readonly kind: 'rebuild index'; readonly log: string }

type Details = Omit<Finding, 'kind' | 'isDamage' | 'file'>

/** A finding of damage. */
export const damage = (kind: FindingKind, file: string, details: Details): Finding => {
  return { kind, isDamage: true, file, ...details }
}

/** A finding that is a note. */
export const note = (kind: FindingKind, file: string, details: Details): Finding => {
  return { kind, isDamage: false, file, ...details }
}

/** Advice where something points beyond the end of a topic. */
export const MIXED: string =
  'The files do not belong together, or the topic has lost its end: two folders were mixed, or one was copied while ' +
  'tailrace ran. Put back a copy that was made while it was stopped.'

/** The price of going on without `reports.json`. */
export const WITHOUT_REPORTS: string =
  'each report then runs when it is next due, and one that was missed meanwhile is to be run by hand.'

/** The note for a file that is not tailrace's. */
export const unknown = (file: string): Finding =>
  note('unknown', file, { nature: 'not a file of tailrace', advice: 'It is not read.' })

/** The finding for a file with a checksum, where `read` throws a Failure ('corrupt'); none where it does not. */
export function unlessCorrupt(
  { kind, file, advice }: Pick<Finding, 'kind' | 'file' | 'advice'>,
  read: () => void,
): readonly Finding[] {
  const whole = () => {
    read()
    return []
  }
  return recovered(['corrupt'], whole, () => [damage(kind, file, { nature: 'the checksum does not match', advice })])
}
