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

const moment = (name: string, pattern: string, among: number, running = false): Moment => {
  return { name, at: { pattern, among, running } }
}
/** Moments that count only after the start of the pipeline. */
const whileRunning = (name: string, pattern: string, among: number) => moment(name, pattern, among, true)

const setUp = moment('setting up', '(format|topics|owner)\\.json|making|open to write .*0{20}', 12)
const commit = moment('a commit', 'write at [1-9]\\d* of .*topics.*\\.log', 9)
/** Needed after a torn commit, so it comes after one in the lists. */
const recovery = moment('recovery', 'truncate to [1-9]\\d* of .*topics.*\\.log', 1)
const acknowledging = moment('acknowledging a commit', 'acknowledging a sync of .*topics.*\\.log', 9)
const roll = whileRunning('the roll of a segment', 'open to write .*\\d{20}\\.log', 2)
const checkpoint = moment('a checkpoint', 'data/checkpoint', 12)
const renamed = moment('the rename of a checkpoint', 'rename to .*data/checkpoint', 3)
const sink = moment('a sink', '(archive|lake|out)/', 9)
const anything = moment('any operation', '', 400)
const running = whileRunning('any operation of a run', '', 60)
const SIGKILL: Moment = { name: 'SIGKILL' }
const SIGTERM: Moment = { name: 'SIGTERM' }
const retention = moment('retention', 'unlink of .*topics.*\\d', 4)
const between = moment('retention, half done', 'unlink of .*topics.*\\.log', 3)
const ticking = moment('the write of a tick', 'write at \\d+ of .*\\.ticks-.*\\.log', 2)
const TICK_SYNC = 'acknowledging a sync of .*(access|events)\\.ticks-.*\\.log'
const ticked = whileRunning('between a tick and its use', TICK_SYNC, 1)
const POSTED = '(write at \\d+|acknowledging a sync) of .*events-.*\\.log'
const posted = moment('between a request and its answer', POSTED, 4)
const report = whileRunning('a report', 'reports\\.json', 5)

const MOMENTS: { readonly [kind in Kind]: readonly Moment[] } = {
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
