/**
 * The moments at which a process is killed. Operations are counted and not timed, so that every moment is hit whatever the
 * load. Each kind of life has a list of its own, and its lives go through it in turn.
 */
import type { Orders } from './kill-disk.ts'

export type Kind = 'steady' | 'trimmed' | 'live' | 'dropping' | 'cli'
export const KINDS: readonly Kind[] = ['steady', 'trimmed', 'live', 'dropping', 'cli']

export type Moment = {
  readonly name: string
  /** The process ends at the N-th operation that matches, with N from 1 to `among`. */
  readonly at?: { readonly pattern: string; readonly among: number; readonly running?: boolean }
}

const setUp: Moment = {
  name: 'setting up',
  at: { pattern: '(format|topics|owner)\\.json|making|open to write .*0{20}', among: 12 },
}
const commit: Moment = { name: 'a commit', at: { pattern: 'write at [1-9]\\d* of .*topics.*\\.log', among: 9 } }
/** Needed after a torn commit, so it comes after one in the lists. */
const recovery: Moment = { name: 'recovery', at: { pattern: 'truncate to [1-9]\\d* of .*topics.*\\.log', among: 1 } }
const acknowledging: Moment = {
  name: 'acknowledging a commit',
  at: { pattern: 'acknowledging a sync of .*topics.*\\.log', among: 9 },
}
const roll: Moment = {
  name: 'the roll of a segment',
  at: { pattern: 'open to write .*\\d{20}\\.log', among: 2, running: true },
}
const checkpoint: Moment = { name: 'a checkpoint', at: { pattern: 'data/checkpoint', among: 12 } }
const renamed: Moment = { name: 'the rename of a checkpoint', at: { pattern: 'rename to .*data/checkpoint', among: 3 } }
const sink: Moment = { name: 'a sink', at: { pattern: '(archive|out)/', among: 9 } }
const anything: Moment = { name: 'any operation', at: { pattern: '', among: 400 } }
const running: Moment = { name: 'any operation of a run', at: { pattern: '', among: 60, running: true } }
const SIGKILL: Moment = { name: 'SIGKILL' }
const SIGTERM: Moment = { name: 'SIGTERM' }
const retention: Moment = { name: 'retention', at: { pattern: 'unlink of .*topics.*\\d', among: 4 } }
const between: Moment = { name: 'retention, half done', at: { pattern: 'unlink of .*topics.*\\.log', among: 3 } }
const ticking: Moment = {
  name: 'the write of a tick',
  at: { pattern: 'write at \\d+ of .*\\.ticks-.*\\.log', among: 2 },
}
const ticked: Moment = {
  name: 'between a tick and its use',
  at: { pattern: 'acknowledging a sync of .*(access|events)\\.ticks-.*\\.log', among: 1, running: true },
}
const posted: Moment = {
  name: 'between a request and its answer',
  at: { pattern: '(write at \\d+|acknowledging a sync) of .*events-.*\\.log', among: 4 },
}
const report: Moment = { name: 'a report', at: { pattern: 'reports\\.json', among: 5, running: true } }

export const MOMENTS: { readonly [kind in Kind]: readonly Moment[] } = {
  steady: [commit, recovery, SIGKILL, roll, anything, checkpoint, sink, SIGTERM, acknowledging, running, renamed],
  trimmed: [commit, recovery, retention, SIGKILL, between, roll, SIGTERM, checkpoint, retention, anything, running],
  live: [SIGKILL, ticked, posted, report, ticking, SIGTERM, commit, recovery, ticked, checkpoint, anything],
  dropping: [SIGTERM, retention, between, SIGTERM, SIGKILL, commit, recovery, SIGTERM, checkpoint, running],
  cli: [anything, SIGKILL, commit, recovery, checkpoint, SIGTERM, acknowledging, sink, renamed, SIGKILL],
}

/** A clean stop whose summary has counted the dropped records. */
export const COUNTED = 'a count of what was dropped'

/** The moment of a round of the N-th life of a kind. */
export function momentOf(kind: Kind, nth: number, round: number, rounds: number): Moment {
  if (round === 0 && nth % 2 === 0) return setUp
  const list = MOMENTS[kind]
  return list[(nth * rounds + round) % list.length] as Moment
}

/** The moments that a loop of 200 rounds must hit. */
export const ALL_MOMENTS: readonly string[] = [
  ...new Set([setUp, ...Object.values(MOMENTS).flat()].map(({ name }) => name)),
  COUNTED,
]

/** The orders to the disk for a moment; `below` gives a random number. */
export function ordersOf({ at }: Moment, below: (limit: number) => number): Orders {
  return at === undefined ? {} : { ...at, at: 1 + below(at.among) }
}
