/**
 * What a query may go on from. A query that was changed, or that this version of tailrace plans otherwise, must not take
 * its old state for something else: the start is refused, for all such queries at once, with the choices for each.
 */
import { entryOf } from '../base/entry.ts'
import { Failure, throwAll } from '../base/failure.ts'
import type { EventTime } from '../base/quantity.ts'
import type { Offsets } from '../bus/bus.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { OperatorLayout, QueryCheckpoint, StateLayout } from '../topic/checkpoint.ts'
import { fingerprintOf, layoutOf } from './fingerprint.ts'
import { withPaths } from './layout-version-2.ts'

/**
 * Where a query that was changed goes on: at the first records that are kept, at those to come, or where it was, with the
 * state that it had.
 */
export type Reset = 'earliest' | 'latest' | 'keep' | Moved

/** It begins anew at these places, by topic, and its rows up to a time are out: see `repeats.ts`. */
export type Moved = { readonly at: { readonly [topic: string]: Offsets }; readonly outUpTo?: EventTime | undefined }

/** What a query was when its state was made, to compare with what it is. */
export type QueryPrint = Pick<QueryCheckpoint, 'fingerprint' | 'layout'>

type GoingOn<Before> = {
  readonly pipeline: CheckedPipeline
  readonly checkpoint: { readonly queries: { readonly [name: string]: Before } }
  readonly reset: ReadonlyMap<string, Reset>
  /** Whether the pipeline runs, and would have to be stopped first. */
  readonly isRunning?: boolean
}

/** The place and state of a query in the checkpoint; undefined where it has none, or starts anew. */
export function beforeOf<Before extends QueryPrint & { readonly state?: unknown }>(
  query: CheckedQuery,
  { pipeline, checkpoint, reset }: GoingOn<Before>,
): Before | undefined {
  const start = reset.get(query.name)
  const before = start === undefined || start === 'keep' ? entryOf(checkpoint.queries, query.name) : undefined
  return before && withPaths(before, query, pipeline)
}

/** Throws a Failure that names every query that cannot go on as it is asked to. */
export function checkReset(checking: GoingOn<QueryPrint>): void {
  const failures = checking.pipeline.queries.flatMap((query) => problemOf(query, checking) ?? [])
  throwAll(failures)
}

/**
 * Which queries keep their state, with `keep`, when a running pipeline becomes another one. Throws as `checkReset` does
 * where a query would have to start anew: only a start may choose that.
 */
export function keptInPlace(
  pipeline: CheckedPipeline,
  queries: { readonly [name: string]: QueryPrint },
): ReadonlyMap<string, Reset> {
  const running = { pipeline, checkpoint: { queries }, isRunning: true }
  const kept = pipeline.queries.filter((query) => {
    const before = beforeOf(query, { ...running, reset: new Map() })
    if (before === undefined) return false
    const { isSame, difference } = compared(before, query, pipeline)
    return !isSame && difference === undefined
  })
  const reset = new Map<string, Reset>(kept.map(({ name }) => [name, 'keep']))
  checkReset({ ...running, reset })
  return reset
}

/** Whether a query is written as it was, and how its states differ from those kept; undefined: they do not. */
function compared(
  { fingerprint, layout }: QueryPrint,
  query: CheckedQuery,
  pipeline: CheckedPipeline,
): { readonly isSame: boolean; readonly difference: string | undefined } {
  return {
    isSame: fingerprint === fingerprintOf(query, pipeline),
    difference: differenceOf(layout, layoutOf(query, pipeline)),
  }
}

/** The first path at which two layouts differ, in words. */
function differenceOf(before: StateLayout | string, now: StateLayout): string | undefined {
  if (typeof before === 'string') return 'It is of version 2 of the checkpoint, and of another plan.'
  const path = [...Object.keys(before), ...Object.keys(now)].find((path) => !isSameState(before[path], now[path]))
  if (path === undefined) return undefined
  const [was, is] = [before[path], now[path]].map((one) => one && `${one.form} (version ${one.version})`)
  if (was === is) return `The rows that ${path} has counted are not those that this version would count.`
  return `At ${path}, ${was ?? 'nothing'} was kept, and ${is ?? 'nothing'} is needed.`
}

/** Whether a state of one layout can be read as one of the other. Only newer ones have a digest of their columns. */
function isSameState(a: OperatorLayout | undefined, b: OperatorLayout | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (a.version !== b.version || a.form !== b.form) return false
  return a.meaning === b.meaning || (a.columns !== undefined && a.columns === b.columns)
}

function problemOf(query: CheckedQuery, going: GoingOn<QueryPrint>): Failure | undefined {
  const { pipeline, reset, isRunning = false } = going
  const { name, reads } = query
  const before = beforeOf(query, going)
  if (before === undefined) return undefined
  const { isSame, difference } = compared(before, query, pipeline)
  if (isSame && difference !== undefined) return plannedOtherwise(name, difference, isRunning)
  if (!isSame && reset.get(name) !== 'keep') return changed(name, difference === undefined, isRunning)
  if (difference !== undefined) return cannotKeep(query)
  const anew = reads.find((read) => reset.get(read) === 'earliest')
  return anew === undefined ? undefined : followsAnew(name, anew)
}

const EARLIEST = 'from the first record that is kept'
const LATEST = 'from the records to come'

/** `starts`: what each way to start the query anew means. */
function refusal(
  name: string,
  message: string,
  why: readonly string[],
  starts: { readonly [start: string]: string } = {},
): Failure {
  const choices = Object.entries({ earliest: EARLIEST, latest: LATEST, ...starts }).map(
    ([start, text]) => `${`--reset ${name}=${start}`.padEnd(name.length + 18)} ${text}`,
  )
  return new Failure('pipeline', message, { hint: [...why, ...choices].join('\n') })
}

const plannedOtherwise = (name: string, difference: string, isRunning: boolean): Failure =>
  refusal(name, `the state of query "${name}" was kept by a version of tailrace that plans it otherwise`, [
    difference,
    `That version can go on with it. ${isRunning ? 'Or stop the run, and start it' : 'Or start it'} with one of:`,
  ])

function changed(name: string, fits: boolean, isRunning: boolean): Failure {
  const at = isRunning ? '' : ' at the last run'
  const start = isRunning ? 'Stop the run, and start it' : fits ? 'Go on' : 'Start it anew'
  const keep = { keep: 'with what it has counted: only what is made of it has changed' }
  return refusal(
    name,
    `query "${name}", or the format or watermark of what it reads, is not what it was${at}`,
    [`What it has counted so far belongs to the old one. ${start} with one of:`],
    fits ? keep : {},
  )
}

/** The rows that an answer that changes has put out are made of its state again, to find what differs: they must be the same. */
const cannotKeep = ({ name, query }: CheckedQuery): Failure =>
  query.plan.kind === 'changes'
    ? refusal(
        name,
        `query "${name}" cannot keep its state: its rows that are out would not be those of the new query`,
        ['Of an answer that changes, only another changes, or a longer or shorter ttl, can be taken. Start it anew:'],
      )
    : refusal(name, `query "${name}" cannot keep its state: what it counts is not what it was`, [
        'Kept can be what only shows it differently: another HAVING, other columns made of the same aggregates. Start it anew:',
      ])

const followsAnew = (name: string, anew: string): Failure =>
  refusal(
    name,
    `query "${name}" reads the rows of "${anew}", which come again from the first one`,
    ['For what it has counted so far they would be late. Start it anew, too:'],
    { earliest: `from the first of the new rows of ${anew}` },
  )
